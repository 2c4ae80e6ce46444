-- Requests in flight that a key may have; null is no limit of its own.
alter table api_key add column concurrency bigint check (concurrency > 0);
