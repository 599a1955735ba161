-- What is left of what the Hub allows: one row for each account and rate limit, shared by all processes.
-- `account` is a digest of the Hub's address and the token. Rows are of use for minutes, and may be lost.
create table hub_windows (
    account text not null,
    bucket text not null,
    quota integer not null,
    seconds double precision not null,
    remaining integer not null,
    resets_at timestamptz not null,
    -- Nothing is asked before: the Hub said so, or gave no other time.
    blocked_until timestamptz not null,
    primary key (account, bucket)
) with (fillfactor = 50);

-- Counters over all processes, for /metrics.
create table if not exists totals (
    name text not null,
    label text not null,
    value bigint not null,
    primary key (name, label)
);
