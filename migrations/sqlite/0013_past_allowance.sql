-- I-36: past its allowance of absorbed cost an account pays for replies that fail after output. They have an outcome of their own, which
-- may be charged; a check cannot be changed in place, so the table is written again (docs/decisions/0040).
create table request_again (
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
  check (posted = 0 or outcome in (
    'completed', 'completed_no_usage', 'client_cancelled', 'content_filtered', 'revoked_midstream', 'cut_by_hold', 'upstream_failed_charged'
  )),
  primary key (period, id)
) strict, without rowid;

insert into request_again select * from request;

drop table request;
alter table request_again rename to request;

create index request_by_account on request (account_id, id);

create trigger request_never_changes before update on request
begin select raise(abort, 'requests are never changed'); end;
create trigger request_never_goes before delete on request
when not exists (select 1 from retired_period where period = old.period)
begin select raise(abort, 'requests are never deleted'); end;
