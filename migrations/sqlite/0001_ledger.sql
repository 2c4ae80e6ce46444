-- Accounts, keys, money. Amounts are integers of nano-units (1e-9 USD); times are milliseconds since the Unix epoch.
-- Invariants are numbered as in the ledger's documents: I-10 (never below zero), I-15 (posted <= hold), I-21 (one charge per
-- request), I-22 (append-only), I-23 (double entry).

create table account (
  id integer primary key,
  public_id text not null unique,
  kind text not null check (kind in ('customer', 'revenue', 'payments', 'promo', 'absorbed', 'plan_fees', 'adjustments')),
  name text not null,
  -- Credits less debits, as posted.
  balance integer not null default 0,
  -- The part of the balance that servers have borrowed to take holds from: the sum of the account's open leases (I-19).
  leased integer not null default 0 check (leased >= 0),
  frozen integer not null default 0 check (frozen in (0, 1)),
  plan_id text,
  created_at integer not null,
  check (kind <> 'customer' or frozen = 1 or leased <= balance),
  check (kind = 'customer' or leased = 0)
) strict;

create index account_by_kind on account (kind, id);

insert into account (id, public_id, kind, name, created_at) values
  (1, 'acc_revenue', 'revenue', 'Revenue', 0),
  (2, 'acc_payments', 'payments', 'Payments', 0),
  (3, 'acc_promo', 'promo', 'Promotional credit', 0),
  (4, 'acc_absorbed', 'absorbed', 'Absorbed cost', 0),
  (5, 'acc_plan_fees', 'plan_fees', 'Plan fees', 0),
  (6, 'acc_adjustments', 'adjustments', 'Adjustments', 0);

create table api_key (
  id integer primary key,
  public_id text not null unique,
  account_id integer not null references account (id),
  name text not null,
  hash blob not null unique check (length(hash) = 32),
  prefix text not null,
  last4 text not null,
  status text not null default 'active' check (status in ('active', 'frozen', 'revoked')),
  rpm integer check (rpm > 0),
  tpm integer check (tpm > 0),
  -- A JSON list of model ids; null allows every model.
  models text check (models is null or json_valid(models)),
  -- The most that may ever be charged through the key; null is no limit.
  budget integer check (budget >= 0),
  -- What was charged through the key; kept only where there is a budget (I-16).
  spent integer not null default 0 check (spent >= 0 and (budget is null or spent <= budget)),
  expires_at integer,
  created_at integer not null
) strict;

create index api_key_by_account on api_key (account_id, id);

create trigger api_key_revoked_for_good before update of status on api_key
when old.status = 'revoked' and new.status <> 'revoked'
begin select raise(abort, 'a revoked key stays revoked'); end;

-- Published prices. A change is a new row (I-40).
create table price (
  id integer primary key,
  model text not null,
  base text not null check (json_valid(base)),
  tiers text not null check (json_valid(tiers)),
  rounding text not null check (json_valid(rounding)),
  valid_from integer not null
) strict;

create index price_by_model on price (model, id);

create trigger price_never_changes before update on price
begin select raise(abort, 'prices are never changed; publish a new one'); end;
create trigger price_never_goes before delete on price
begin select raise(abort, 'prices are never deleted'); end;

-- One row per finished request: what was used, at which price, and what came of it.
create table request (
  id blob primary key check (length(id) = 16),
  account_id integer not null references account (id),
  key_id integer not null references api_key (id),
  started_at integer not null,
  duration_ms integer not null,
  first_byte_ms integer,
  status integer not null,
  stream integer not null,
  outcome text not null,
  source text not null,
  usage_invalid integer not null,
  model text not null,
  protocol text not null,
  input integer,
  cache_read integer,
  cache_write_5m integer,
  cache_write_1h integer,
  output integer,
  reasoning integer,
  image_input integer,
  image_output integer,
  audio_input integer,
  audio_output integer,
  audio_cache_read integer,
  image integer,
  video_second integer,
  video_token integer,
  web_search integer,
  request integer,
  -- The snapshot under which the request was held and settled; null where nothing was held.
  price_id integer references price (id),
  plan_id text,
  multiplier_num integer,
  multiplier_den integer check (multiplier_den > 0),
  -- The usage's price to the nano, before the price row's own rounding (I-5).
  exact integer not null check (exact >= 0),
  hold integer not null,
  posted integer not null check (posted >= 0 and posted <= hold),
  -- What the usage would have cost the customer and was not charged: above the hold, or of an uncharged outcome.
  absorbed integer not null check (absorbed >= 0),
  -- [[upstream, model, status, result, durationMs], ...]; null when no provider was called.
  attempts text,
  check (posted = 0 or outcome in ('completed', 'completed_no_usage', 'client_cancelled', 'content_filtered', 'revoked_midstream', 'cut_by_hold'))
) strict, without rowid;

create index request_by_account on request (account_id, id);

create trigger request_never_changes before update on request
begin select raise(abort, 'requests are never changed'); end;
create trigger request_never_goes before delete on request
begin select raise(abort, 'requests are never deleted'); end;

-- One row moves one amount from one account to another, so that debits equal credits by construction (I-23).
create table transfer (
  id integer primary key,
  debit_account_id integer not null references account (id),
  credit_account_id integer not null references account (id),
  amount integer not null check (amount >= 0),
  kind text not null check (kind in ('charge', 'credit', 'debit', 'refund', 'plan_fee', 'reversal')),
  request_id blob,
  reason text,
  actor text,
  idempotency_key text,
  created_at integer not null,
  check (debit_account_id <> credit_account_id),
  check (kind <> 'charge' or request_id is not null),
  check (kind = 'charge' or (reason is not null and actor is not null))
) strict;

create unique index transfer_one_charge on transfer (request_id) where kind = 'charge';
create index transfer_of_request on transfer (request_id) where kind <> 'charge' and request_id is not null;
create unique index transfer_once on transfer (idempotency_key) where idempotency_key is not null;

create trigger transfer_never_changes before update on transfer
begin select raise(abort, 'transfers are never changed; post a correction'); end;
create trigger transfer_never_goes before delete on transfer
begin select raise(abort, 'transfers are never deleted; post a correction'); end;

-- Slices of balances that a server has borrowed (docs/decisions/0005).
create table lease (
  id integer primary key,
  account_id integer not null references account (id),
  owner text not null,
  epoch integer not null,
  amount integer not null check (amount >= 0),
  state text not null check (state in ('open', 'fenced', 'returned')),
  -- Set by whoever needs the slack; the owner returns it and clears the mark.
  recall integer not null default 0 check (recall in (0, 1)),
  opened_at integer not null,
  closed_at integer,
  check (state <> 'returned' or amount = 0)
) strict;

create unique index lease_open on lease (owner, account_id) where state = 'open';
create index lease_open_by_account on lease (account_id) where state <> 'returned';

-- Who changed what. Written in the same transaction as the change: what cannot be recorded does not happen.
create table audit_log (
  id integer primary key,
  at integer not null,
  actor text not null,
  action text not null,
  object text not null,
  detail text not null check (json_valid(detail))
) strict;

create index audit_log_by_object on audit_log (object, id);

create trigger audit_log_never_changes before update on audit_log
begin select raise(abort, 'the audit log is never changed'); end;
create trigger audit_log_never_goes before delete on audit_log
begin select raise(abort, 'the audit log is never deleted'); end;
