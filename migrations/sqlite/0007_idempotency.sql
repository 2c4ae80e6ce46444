-- What was asked with an Idempotency-Key, and what came of it (I-28, docs/decisions/0030). A row lasts a day; a key whose request
-- came to nothing has none.
create table idempotency (
  account_id integer not null references account (id),
  -- The route's label: the same key means something else on another.
  route text not null,
  key text not null,
  -- SHA-256 of the request's body, and of what its path says.
  asked blob not null check (length(asked) = 32),
  request_id blob not null unique check (length(request_id) = 16),
  -- Who runs it, as the ledger calls its borrowers: once the owner's leases are returned the request can never be charged.
  owner text not null,
  epoch integer not null,
  -- begun: a task was written with it that goes on by itself; its reply comes, or not, within minutes.
  -- kept: the reply is here. unkept: it is not. streamed: it was a stream, and is not played again.
  state text not null check (state in ('running', 'begun', 'kept', 'unkept', 'streamed')),
  status integer,
  content_type text,
  -- The customer's content; null may stand for an empty one. No rule here may ever refuse the settlement that it is written with.
  reply blob,
  -- SHA-256 of a reply that is not kept.
  reply_hash blob,
  -- Milliseconds since the Unix epoch.
  created_at integer not null,
  primary key (account_id, route, key)
) strict;

create index idempotency_by_age on idempotency (created_at);
