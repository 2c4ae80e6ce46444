-- A charge is the request's own row (docs/decisions/0017): its `posted` is the debit of the customer, its primary key is "exactly
-- once" (I-21), and the credit side of all charges of one commit is one transfer to revenue, kind 'charges', without a debit account.
-- balance of a customer = his transfers - what his requests posted, carried-forward periods included in the transfers.

create table charge_request (
  -- The week of the request id's own time: milliseconds since the Unix epoch / 604,800,000. Whole periods are dropped at once.
  period integer not null,
  id blob not null check (length(id) = 16),
  account_id integer not null references account (id),
  key_id integer not null references api_key (id),
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
  -- Null for 1.
  multiplier_num integer,
  multiplier_den integer check (multiplier_den > 0),
  -- The usage's price to the nano, before the price row's own rounding (I-5); null where it is posted + absorbed.
  exact integer check (exact >= 0),
  -- What could be posted at most; 0 when the lease was gone by then.
  hold integer not null,
  posted integer not null check (posted >= 0 and posted <= hold),
  -- What the usage would have cost the customer and was not charged: above the hold, or of an uncharged outcome.
  absorbed integer not null check (absorbed >= 0),
  -- [[upstream, model, status, result, durationMs], ...]; null when no provider was called.
  attempts text,
  check (posted = 0 or outcome in ('completed', 'completed_no_usage', 'client_cancelled', 'content_filtered', 'revoked_midstream', 'cut_by_hold')),
  primary key (period, id)
) strict, without rowid;

insert into charge_request
select
  -- The first 48 bits of the id, digit by digit: SQLite reads no hexadecimal text.
  ((instr('123456789ABCDEF', substr(hex(id), 1, 1)) << 44) | (instr('123456789ABCDEF', substr(hex(id), 2, 1)) << 40)
    | (instr('123456789ABCDEF', substr(hex(id), 3, 1)) << 36) | (instr('123456789ABCDEF', substr(hex(id), 4, 1)) << 32)
    | (instr('123456789ABCDEF', substr(hex(id), 5, 1)) << 28) | (instr('123456789ABCDEF', substr(hex(id), 6, 1)) << 24)
    | (instr('123456789ABCDEF', substr(hex(id), 7, 1)) << 20) | (instr('123456789ABCDEF', substr(hex(id), 8, 1)) << 16)
    | (instr('123456789ABCDEF', substr(hex(id), 9, 1)) << 12) | (instr('123456789ABCDEF', substr(hex(id), 10, 1)) << 8)
    | (instr('123456789ABCDEF', substr(hex(id), 11, 1)) << 4) | instr('123456789ABCDEF', substr(hex(id), 12, 1)))
    / 604800000,
  id, account_id, key_id, duration_ms, first_byte_ms, status, stream, outcome, source, usage_invalid, model, protocol,
  input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, image_input, image_output, audio_input, audio_output,
  audio_cache_read, image, video_second, video_token, web_search, request, price_id, plan_id,
  nullif(multiplier_num, multiplier_den), case when multiplier_num <> multiplier_den then multiplier_den end,
  nullif(exact, posted + absorbed), hold, posted, absorbed, attempts
from request;

drop table request;
alter table charge_request rename to request;

create index request_by_account on request (account_id, id);

create trigger request_never_changes before update on request
begin select raise(abort, 'requests are never changed'); end;
create trigger request_never_goes before delete on request
begin select raise(abort, 'requests are never deleted'); end;

create table charge_transfer (
  id integer primary key,
  -- Null for 'charges', whose debits are requests.
  debit_account_id integer references account (id),
  -- Null for 'carried', whose credits were posted with the requests that it stands for.
  credit_account_id integer references account (id),
  amount integer not null check (amount >= 0),
  kind text not null check (kind in ('charges', 'carried', 'credit', 'debit', 'refund', 'plan_fee', 'reversal')),
  -- The request that a refund or reversal is about.
  request_id blob check (length(request_id) = 16),
  reason text,
  actor text,
  idempotency_key text,
  created_at integer not null,
  check (debit_account_id <> credit_account_id),
  check ((kind = 'charges') = (debit_account_id is null)),
  check ((kind = 'carried') = (credit_account_id is null)),
  check (kind in ('charges', 'carried') or (reason is not null and actor is not null))
) strict;

insert into charge_transfer
select * from transfer where kind <> 'charge';
insert into charge_transfer (credit_account_id, amount, kind, created_at)
select credit_account_id, sum(amount), 'charges', max(created_at) from transfer where kind = 'charge' group by 1;

drop table transfer;
alter table charge_transfer rename to transfer;

create index transfer_of_request on transfer (request_id) where request_id is not null;
create unique index transfer_once on transfer (idempotency_key) where idempotency_key is not null;

create trigger transfer_never_changes before update on transfer
begin select raise(abort, 'transfers are never changed; post a correction'); end;
create trigger transfer_never_goes before delete on transfer
begin select raise(abort, 'transfers are never deleted; post a correction'); end;

-- A key with a budget has leases of its own: what they hold is taken from the account and from the budget at once (I-16).
alter table api_key add column leased integer not null default 0
  check (leased >= 0 and (budget is null or spent + leased <= budget));

drop index lease_open;
-- Null for the leases of keys without a budget.
alter table lease add column key_id integer references api_key (id);
-- As the owner last said: requests in flight under the lease, and what they hold.
alter table lease add column holds integer not null default 0;
alter table lease add column held integer not null default 0;
create unique index lease_open on lease (owner, account_id, coalesce(key_id, 0)) where state = 'open';
