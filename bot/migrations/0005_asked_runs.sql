-- Evaluations that comments asked for. What they came to stands on the Hub; what they cost stands only here.
create table asked_runs (
    id bigint generated always as identity primary key,
    repo_id text not null,
    repo_name text not null,
    discussion integer not null,
    comment_id text not null,
    line integer not null,
    asker text not null,
    role text not null,
    -- The canonical text of the specification, and its name.
    spec text not null,
    spec_id text not null,
    ref text not null,
    launcher text not null,
    flavor text,
    -- US dollars: what it will take by our reckoning, the most that it may take, and what it took.
    estimate_usd numeric(12, 4),
    most_usd numeric(12, 4) not null check (most_usd >= 0),
    cost_usd numeric(12, 4) check (cost_usd >= 0),
    needs_approval boolean not null,
    notes text[] not null,
    stage text not null check (
        stage in ('waiting', 'queued', 'submitted', 'running', 'done', 'failed', 'cancelled', 'expired')),
    nonce text not null,
    place_id text,
    url text,
    answer_id text,
    result_id text,
    shown text,
    edits integer not null default 0,
    -- Whether people have been told of its end.
    told boolean not null default false,
    approved_by text,
    cancel_asked boolean not null default false,
    cause text,
    result jsonb,
    published jsonb,
    created_at timestamptz not null default now(),
    submitted_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    stage_at timestamptz not null default now(),
    over boolean not null generated always as (stage in ('done', 'failed', 'cancelled', 'expired')) stored,
    -- Whoever let it begin.
    payer text not null generated always as (coalesce(approved_by, asker)) stored,
    -- What a run may still cost is reserved from its acceptance or approval to its end; then it is what it cost. One that
    -- began and whose cost is not known cost all that was reserved. As these follow from the row, nothing can leak.
    reserved_usd numeric(12, 4) not null generated always as (
        case when stage in ('queued', 'submitted', 'running') then most_usd else 0 end) stored,
    spent_usd numeric(12, 4) not null generated always as (
        case when stage not in ('done', 'failed', 'cancelled', 'expired') then 0
            else coalesce(cost_usd, case when submitted_at is null then 0 else most_usd end) end) stored,
    unique (comment_id, line),
    check ((ended_at is not null) = (stage in ('done', 'failed', 'cancelled', 'expired')))
);
create index asked_runs_active on asked_runs (id) where not over or not told;
create index asked_runs_ended_at on asked_runs (ended_at) where over;
create index asked_runs_repo on asked_runs (repo_id, id);

-- Comments with commands that we answered, so that one person cannot have us answer without end.
create table answered_comments (
    comment_id text primary key,
    repo_id text not null,
    discussion integer not null,
    author text not null,
    answer_id text,
    answered_at timestamptz not null default now()
);
create index answered_comments_author on answered_comments (author, answered_at);

-- While its one row is there, no run is accepted or begins.
create table runs_stop (
    only_row boolean primary key default true check (only_row),
    since timestamptz not null default now()
);
