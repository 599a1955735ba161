-- Deliveries as they came in: what each meant, or why it started nothing.
create table deliveries (
    id bigint generated always as identity primary key,
    received_at timestamptz not null default now(),
    webhook_id text,
    repo_id text,
    repo_name text,
    outcome text not null
);
create index deliveries_received_at on deliveries (received_at);

-- What we know of a repo. All of it can be lost: the next look writes it again from the Hub.
create table repos (
    id text primary key,
    name text not null,
    -- The name in the latest delivery, which may be late.
    heard text,
    state text not null default 'active',
    -- What the last look saw: ids of files, the claims that followed, and how far it might go.
    seen jsonb,
    -- The text of .scorekeeper.yaml, so that it is read again only when it changed.
    config text,
    commit_seen text,
    report jsonb,
    looked_at timestamptz
);
create index repos_name on repos (lower(name));

-- One row for each look, for people who ask what happened and when.
create table looks (
    id bigint generated always as identity primary key,
    repo_id text not null,
    job_id bigint,
    finished_at timestamptz not null default now(),
    commit_seen text,
    decision text not null,
    detail text,
    attempt integer not null default 0,
    requests integer not null
);
create index looks_repo on looks (repo_id, id);
create index looks_finished_at on looks (finished_at);

-- Commits that we made: a delivery that tells of one of them is our own echo.
create table own_commits (
    sha text primary key,
    made_at timestamptz not null default now()
);
