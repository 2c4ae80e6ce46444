-- Upstreams that refused a task before another took it (docs/decisions/0042): a JSON list of attempts; null where the first one did.
alter table task add column tried text check (tried is null or tried::json is not null);
