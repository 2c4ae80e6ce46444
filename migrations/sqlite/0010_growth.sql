-- What grows with every request, and how it is kept small (docs/decisions/0033).

-- What requests add up to, by hour, account, key and model: one row for as many requests as there were, written in the commit of the
-- requests themselves, and kept when their own rows are gone.
create table rollup (
  account_id integer not null,
  -- Hours since the Unix epoch, of the request id's own time.
  hour integer not null,
  key_id integer not null,
  -- Empty for what was refused before it had a price: such a name may be anything, and there are any number of them.
  model text not null,
  requests integer not null,
  -- Of these, those that came to nothing: refused, or a failure of the provider or of us.
  errors integer not null,
  -- Nano-units, as in the requests.
  posted integer not null,
  absorbed integer not null,
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
  primary key (account_id, hour, key_id, model)
) strict, without rowid;

-- What there is already.
insert into rollup
select
  account_id, ('0x' || hex(substr(id, 1, 6)) ->> '$') / 3600000 as hour, key_id, iif(price_id is null, '', model) as name, count(*),
  sum(outcome in ('rejected', 'upstream_failed_before_output', 'upstream_failed_after_output', 'empty', 'gateway_failed', 'crashed', 'task_lost')), sum(posted), sum(absorbed),
  sum(input), sum(cache_read), sum(cache_write_5m), sum(cache_write_1h), sum(output), sum(reasoning), sum(image_input),
  sum(image_output), sum(audio_input), sum(audio_output), sum(audio_cache_read), sum(image), sum(video_second), sum(video_token),
  sum(web_search), sum(request)
from request group by 1, 2, 3, 4;

-- The credit side of the charges of one commit: what `transfer` says with the kind 'charges', in less room. Written by commits from now
-- on; the older ones stay where they are.
create table earning (
  amount integer not null check (amount > 0),
  -- The revenue account that was credited.
  account_id integer not null references account (id),
  -- Minutes since the Unix epoch, for display.
  minute integer not null
) strict;

create trigger earning_never_changes before update on earning
begin select raise(abort, 'earnings are never changed'); end;
create trigger earning_never_goes before delete on earning
begin select raise(abort, 'earnings are never deleted'); end;

-- Periods whose requests are being given up, or are gone: transfers of the kind 'carried' stand for those.
create table retired_period (
  period integer primary key,
  retired_at integer not null
) strict;

create trigger retired_period_never_changes before update on retired_period
begin select raise(abort, 'retired periods are never changed'); end;
create trigger retired_period_never_goes before delete on retired_period
begin select raise(abort, 'retired periods are never deleted'); end;

drop trigger request_never_goes;
create trigger request_never_goes before delete on request
when not exists (select 1 from retired_period where period = old.period)
begin select raise(abort, 'requests are never deleted'); end;
