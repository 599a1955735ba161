-- What a sweep compares with. All of it can be lost: the next sweep and the next looks write it again.
alter table repos
    -- The head of main that a look covers, be it done or queued: where the Hub lists another one, a push was lost.
    add column listed_sha text,
    -- When a sweep last saw the repo in its owner's list, and when it last queued a look at it.
    add column listed_at timestamptz,
    add column swept_at timestamptz,
    -- When the bot's own pull requests there were last listed, by a look or a sweep.
    add column pulls_listed_at timestamptz;
update repos set listed_sha = commit_seen;

-- The bot's own pull requests.
create table own_pulls (
    repo_id text not null,
    number integer not null,
    -- As the last look left it: open (drafts, too), closed or merged.
    status text not null,
    -- As the last sweep counted: more of them now means that somebody commented. Null where none has counted yet.
    comments integer,
    primary key (repo_id, number)
);
create index own_pulls_open on own_pulls (repo_id) where status = 'open';

-- One row for the sweep as a whole ('*'), one for each owner, one for notifications.
create table sweeps (
    subject text primary key,
    started_at timestamptz,
    -- When the last pass over all of the owner's repos began that reached the end.
    full_at timestamptz,
    -- An owner's name as the Hub spells it, or the newest notification that was heeded.
    mark text
);

create table if not exists totals (
    name text not null,
    label text not null,
    value bigint not null default 0,
    primary key (name, label)
);
