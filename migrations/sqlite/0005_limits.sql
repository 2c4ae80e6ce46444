-- Requests in flight that a key may have; null is no limit of its own.
alter table api_key add column concurrency integer check (concurrency > 0);
