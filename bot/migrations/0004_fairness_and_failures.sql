-- How many jobs of an owner wait already is counted whenever one is queued: this makes it cost microseconds.
create index procrastinate_jobs_owner on procrastinate_jobs ((args->>'owner')) where status = 'todo';

-- The queue changes all the time. Without these the planner goes by what it was an hour ago.
alter table procrastinate_jobs set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- Why the last look at a repo failed for good, until a later one succeeds.
alter table repos add column failed_at timestamptz, add column failure text;
create index repos_failed_at on repos (failed_at) where failed_at is not null;

-- What a look was for, and the delivery that caused it.
alter table looks add column kind text, add column delivery text;

-- Counters over all processes.
create table if not exists totals (
    name text not null,
    label text not null,
    value bigint not null,
    primary key (name, label)
);
