-- A key's budget may be for each day, week (from Monday) or month of UTC; null: once and for all. `budget_until` is when the running
-- period ends, in milliseconds since the Unix epoch: then `spent` begins at nothing again (src/keys/budget-store.ts).
alter table api_key add column budget_period text check (budget_period in ('day', 'week', 'month'));
alter table api_key add column budget_until bigint;

create index api_key_by_period on api_key (budget_until) where budget_until is not null;
