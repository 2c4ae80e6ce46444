-- What was asked with an Idempotency-Key, and what came of it (I-28, docs/decisions/0030). A row lasts a day; a key whose request
-- came to nothing has none.
create table idempotency (
  account_id integer not null references account (id),
  -- The route's label: the same key means something else on another.
  route text not null,
  key text not null,
  -- SHA-256 of the request's body, and of what its path says.
  asked bytea not null check (length(asked) = 32),
  request_id bytea not null unique check (length(request_id) = 16),
  -- Who runs it (lease_owner): once the owner is gone, its leases are returned and the request can never be charged.
  owner text not null,
  epoch bigint not null,
  -- begun: a task was written with it that goes on by itself; its reply comes, or not, within minutes.
  -- kept: the reply is here. unkept: it is not. streamed: it was a stream, and is not played again.
  state text not null check (state in ('running', 'begun', 'kept', 'unkept', 'streamed')),
  status integer,
  content_type text,
  -- The customer's content; null may stand for an empty one. No rule here may ever refuse the settlement that it is written with.
  reply bytea,
  -- SHA-256 of a reply that is not kept.
  reply_hash bytea,
  -- Milliseconds since the Unix epoch.
  created_at bigint not null,
  primary key (account_id, route, key)
);

create index idempotency_by_age on idempotency (created_at);
