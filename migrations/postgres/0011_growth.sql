-- What grows with every request, and how it is kept small (docs/decisions/0033).

-- What requests add up to, by hour, account, key and model: one row for as many requests as there were, written in the commit of the
-- requests themselves, and kept when their own rows are gone.
create table rollup (
  requests bigint not null,
  -- Of these, those that came to nothing: refused, or a failure of the provider or of us.
  errors bigint not null,
  -- Nano-units, as in the requests.
  posted bigint not null,
  absorbed bigint not null,
  input bigint,
  cache_read bigint,
  cache_write_5m bigint,
  cache_write_1h bigint,
  output bigint,
  reasoning bigint,
  image_input bigint,
  image_output bigint,
  audio_input bigint,
  audio_output bigint,
  audio_cache_read bigint,
  image bigint,
  video_second bigint,
  video_token bigint,
  web_search bigint,
  request bigint,
  -- Hours since the Unix epoch, of the request id's own time.
  hour integer not null,
  account_id integer not null,
  key_id integer not null,
  -- Empty for what was refused before it had a price: such a name may be anything, and there are any number of them.
  model text not null,
  primary key (account_id, hour, key_id, model)
) with (fillfactor = 70);

-- Sums stop at the largest number that there is: a statistic must never refuse a charge. Null, which takes no room, is nothing.
create function rollup_sum(a bigint, b numeric) returns bigint language sql immutable as $$
  select case when b is null then a else least(coalesce(a, 0) + b, 9223372036854775807)::bigint end
$$;

-- Rows are taken in the order of their key, so that two commits never wait for each other.
create function request_roll_up() returns trigger language plpgsql as $$
begin
  insert into rollup as r (
    account_id, hour, key_id, model, requests, errors, posted, absorbed,
    input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, image_input, image_output, audio_input, audio_output,
    audio_cache_read, image, video_second, video_token, web_search, request
  )
  select
    account_id, hour, key_id, model_name, count(*),
    count(*) filter (where outcome in (
      'rejected', 'upstream_failed_before_output', 'upstream_failed_after_output', 'empty', 'gateway_failed', 'crashed', 'task_lost'
    )),
    rollup_sum(0, sum(posted)), rollup_sum(0, sum(absorbed)),
    rollup_sum(null, sum(input)), rollup_sum(null, sum(cache_read)), rollup_sum(null, sum(cache_write_5m)), rollup_sum(null,
    sum(cache_write_1h)), rollup_sum(null, sum(output)), rollup_sum(null, sum(reasoning)), rollup_sum(null, sum(image_input)),
    rollup_sum(null, sum(image_output)), rollup_sum(null, sum(audio_input)), rollup_sum(null, sum(audio_output)), rollup_sum(null,
    sum(audio_cache_read)), rollup_sum(null, sum(image)), rollup_sum(null, sum(video_second)), rollup_sum(null, sum(video_token)),
    rollup_sum(null, sum(web_search)), rollup_sum(null, sum(request))
  from (
    select added.*, case when price_id is null then '' else model end as model_name,
      (((get_byte(id, 0)::bigint << 40) | (get_byte(id, 1)::bigint << 32) | (get_byte(id, 2)::bigint << 24)
      | (get_byte(id, 3) << 16) | (get_byte(id, 4) << 8) | get_byte(id, 5)) / 3600000)::integer as hour
    from added
  ) one_row
  group by account_id, hour, key_id, model_name
  order by account_id, hour, key_id, model_name
  on conflict (account_id, hour, key_id, model) do update set
    requests = r.requests + excluded.requests, errors = r.errors + excluded.errors,
    posted = rollup_sum(r.posted, excluded.posted), absorbed = rollup_sum(r.absorbed, excluded.absorbed),
    input = rollup_sum(r.input, excluded.input), cache_read = rollup_sum(r.cache_read, excluded.cache_read), cache_write_5m =
    rollup_sum(r.cache_write_5m, excluded.cache_write_5m), cache_write_1h = rollup_sum(r.cache_write_1h, excluded.cache_write_1h),
    output = rollup_sum(r.output, excluded.output), reasoning = rollup_sum(r.reasoning, excluded.reasoning), image_input =
    rollup_sum(r.image_input, excluded.image_input), image_output = rollup_sum(r.image_output, excluded.image_output), audio_input =
    rollup_sum(r.audio_input, excluded.audio_input), audio_output = rollup_sum(r.audio_output, excluded.audio_output),
    audio_cache_read = rollup_sum(r.audio_cache_read, excluded.audio_cache_read), image = rollup_sum(r.image, excluded.image),
    video_second = rollup_sum(r.video_second, excluded.video_second), video_token = rollup_sum(r.video_token, excluded.video_token),
    web_search = rollup_sum(r.web_search, excluded.web_search), request = rollup_sum(r.request, excluded.request);
  return null;
end $$;

create trigger request_rolls_up after insert on request referencing new table as added
for each statement execute function request_roll_up();

-- What there is already.
insert into rollup (
  account_id, hour, key_id, model, requests, errors, posted, absorbed,
  input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, image_input, image_output, audio_input, audio_output,
  audio_cache_read, image, video_second, video_token, web_search, request
)
select
  account_id, hour, key_id, model_name, count(*),
  count(*) filter (where outcome in (
    'rejected', 'upstream_failed_before_output', 'upstream_failed_after_output', 'empty', 'gateway_failed', 'crashed', 'task_lost'
  )),
  rollup_sum(0, sum(posted)), rollup_sum(0, sum(absorbed)),
  rollup_sum(null, sum(input)), rollup_sum(null, sum(cache_read)), rollup_sum(null, sum(cache_write_5m)), rollup_sum(null,
  sum(cache_write_1h)), rollup_sum(null, sum(output)), rollup_sum(null, sum(reasoning)), rollup_sum(null, sum(image_input)),
  rollup_sum(null, sum(image_output)), rollup_sum(null, sum(audio_input)), rollup_sum(null, sum(audio_output)), rollup_sum(null,
  sum(audio_cache_read)), rollup_sum(null, sum(image)), rollup_sum(null, sum(video_second)), rollup_sum(null, sum(video_token)),
  rollup_sum(null, sum(web_search)), rollup_sum(null, sum(request))
from (
  select request.*, case when price_id is null then '' else model end as model_name,
    (((get_byte(id, 0)::bigint << 40) | (get_byte(id, 1)::bigint << 32) | (get_byte(id, 2)::bigint << 24)
    | (get_byte(id, 3) << 16) | (get_byte(id, 4) << 8) | get_byte(id, 5)) / 3600000)::integer as hour
  from request
) one_row
group by account_id, hour, key_id, model_name
order by account_id, hour, key_id, model_name;

-- The credit side of the charges of one commit: what `transfer` says with the kind 'charges', in half the room, since on an installation
-- with little to do there is one for every request. Written by commits from now on; the older ones stay where they are.
create table earning (
  amount bigint not null check (amount > 0),
  -- The revenue account that was credited.
  account_id integer not null,
  -- Minutes since the Unix epoch, for display.
  minute integer not null
);

do $$
declare
  old text := pg_get_functiondef('ledger_commit'::regproc);
  new text := replace(old,
    'insert into transfer (credit_account_id, amount, kind, created_at) values (o_revenue, earned, ''charges'', o_now);',
    'insert into earning (amount, account_id, minute) values (earned, o_revenue, least(o_now / 60000, 2147483647)::integer);');
begin
  if new = old then
    raise exception 'ledger_commit is not what it was';
  end if;
  execute new;
end $$;

-- Periods whose requests were dropped, each with what stands for them: transfers of the kind 'carried'.
create table retired_period (
  period integer primary key,
  requests bigint not null,
  posted bigint not null,
  retired_at bigint not null
);

-- Carries a period forward and drops its partition, in one transaction of the caller's; a period is given up by nobody else. Returns
-- the number of requests, or null when there is no such partition. What lies in request_rest stays.
create function retire_request_period(retired integer, o_now bigint) returns bigint language plpgsql as $$
declare
  found_requests bigint;
  found_posted bigint;
begin
  if to_regclass('request_p' || retired) is null then
    return null;
  end if;
  -- Whatever the caller's clock says: nothing of the last four weeks.
  if retired + 5 > extract(epoch from clock_timestamp()) / 604800 then
    raise exception 'period % is too young to be retired', retired;
  end if;
  -- Nobody has a right that a lock could be taken with; of a table that is about to be dropped its owner may give it to himself.
  execute format('grant truncate on request_p%s to current_user', retired);
  execute format('lock table request_p%s in share row exclusive mode', retired);
  execute format('select count(*), coalesce(sum(posted), 0) from request_p%s', retired) into found_requests, found_posted;
  execute format(
    'insert into transfer (debit_account_id, amount, kind, reason, actor, idempotency_key, created_at)
     select account_id, sum(posted)::bigint, ''carried'', $1, ''retention'', $1 || '' '' || account_id, $2
     from request_p%s where posted > 0 group by account_id order by account_id', retired)
  using 'carried: period ' || retired, o_now;
  insert into retired_period (period, requests, posted, retired_at) values (retired, found_requests, found_posted, o_now);
  execute format('drop table request_p%s', retired);
  return found_requests;
end $$;

create trigger earning_never_changes before update on earning
for each row execute function raise_refusal('earnings are never changed');
create trigger earning_never_goes before delete on earning
for each row execute function raise_refusal('earnings are never deleted');
create trigger earning_never_emptied before truncate on earning
for each statement execute function raise_refusal('earnings are never deleted');
create trigger retired_period_never_changes before update on retired_period
for each row execute function raise_refusal('retired periods are never changed');
create trigger retired_period_never_goes before delete on retired_period
for each row execute function raise_refusal('retired periods are never deleted');
create trigger retired_period_never_emptied before truncate on retired_period
for each statement execute function raise_refusal('retired periods are never deleted');

-- I-22: nobody has the right to change what is only ever added to, the owner of the tables neither. Triggers refuse as well, so that a
-- superuser has to mean it. Foreign keys lock the row that they point to with the owner's rights, for which one column has to do.
create function append_only_tables() returns text[] language sql immutable as $$
  select array['request', 'transfer', 'earning', 'price', 'audit_log', 'audit_chain', 'retired_period']
$$;

do $$
declare
  one text;
begin
  foreach one in array append_only_tables() loop
    execute format('revoke update, delete, truncate on %I from current_user', one);
  end loop;
  for one in select inhrelid::regclass from pg_inherits where inhparent = 'request'::regclass loop
    execute format('revoke update, delete, truncate on %s from current_user', one);
  end loop;
  grant update (id) on price, audit_log to current_user;
end $$;

-- As in 0001, with the rights of the tables' owner, whoever asks.
create or replace function make_request_partitions(first integer, last integer) returns void
language plpgsql security definer set search_path from current as $$
begin
  for period in first .. last loop
    if to_regclass('request_p' || period) is null then
      begin
        execute format('create table request_p%s (like request including all)', period);
        execute format('alter table request attach partition request_p%s for values from (%s) to (%s)', period, period, period + 1);
        execute format('revoke update, delete, truncate on request_p%s from current_user', period);
      exception
        -- Two nodes at once, or rows of the period that are in request_rest already and stay there.
        when duplicate_table or check_violation or unique_violation then null;
      end;
    end if;
  end loop;
end $$;

-- Gives another role what a server needs, and no more: with a role of its own the server owns nothing, and so can drop nothing.
-- To be called by the owner, again after each migration.
create function grant_application(application name) returns void language plpgsql as $$
declare
  one text;
begin
  execute format('grant usage on schema %I to %I', current_schema(), application);
  for one in select tablename from pg_tables where schemaname = current_schema() loop
    execute format('grant select, insert on %I to %I', one, application);
    if one <> all (append_only_tables()) and one not like 'request\_%' then
      execute format('grant update, delete on %I to %I', one, application);
    end if;
  end loop;
end $$;
