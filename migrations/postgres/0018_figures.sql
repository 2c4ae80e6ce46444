-- What the console shows is added up in the commit of the requests themselves (docs/decisions/0043): by upstream too, with what providers
-- take, how many calls there were, and how long replies took; for each account, for the installation, and for each account's day.

-- [upstream, duration], then what does not go without saying; attempt.ts writes and reads them.
create function attempt_cost(tried json) returns bigint language sql immutable as $$
  select case
    when json_typeof(tried -> 1) = 'string' then null
    when json_typeof(tried -> 2) = 'number' then (tried ->> 2)::bigint
    else (tried ->> 5)::bigint
  end
$$;

-- The provider failed: not its customer, nor we.
create function attempt_failed(tried json) returns boolean language sql immutable as $$
  select case
    when json_typeof(tried -> 1) = 'string' then tried ->> 3
    when json_typeof(tried -> 2) = 'number' then tried ->> 5
    else tried ->> 4
  end in ('upstream_failed', 'upstream_timeout', 'overloaded', 'requests_limited', 'tokens_limited', 'internal')
$$;

-- What a charge to the nano would be without the plan's multiplier.
create function list_price(exact numeric, num bigint, den bigint) returns numeric language sql immutable as $$
  select case when num is null then exact when num = 0 then 0 else round(exact * den / num) end
$$;

create function request_failed(outcome text) returns boolean language sql immutable as $$
  select outcome in (
    'rejected', 'upstream_failed_before_output', 'upstream_failed_after_output', 'upstream_failed_charged', 'empty', 'gateway_failed', 'crashed',
    'task_lost'
  )
$$;

-- Replies whose time tells something of the provider.
create function request_answered(outcome text) returns boolean language sql immutable as $$
  select outcome in ('completed', 'completed_no_usage', 'completed_zero_usage', 'content_filtered', 'cut_by_hold')
$$;

-- Hours since the Unix epoch.
create function request_hour(id bytea) returns integer language sql immutable as $$
  select (((get_byte(id, 0)::bigint << 40) | (get_byte(id, 1)::bigint << 32) | (get_byte(id, 2)::bigint << 24)
    | (get_byte(id, 3) << 16) | (get_byte(id, 4) << 8) | get_byte(id, 5)) / 3600000)::integer
$$;

-- Where the buckets of latency begin, in milliseconds; the first one begins at 0.
create function latency_bounds() returns integer[] language sql immutable as $$
  select '{50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 8000, 15000, 30000, 60000}'::integer[]
$$;

drop trigger request_rolls_up on request;
drop function request_roll_up();

alter table rollup
  -- The last one that was asked; empty where none was.
  add column upstream text not null default '',
  -- Nano-units: what providers take, and what was given back of the charges.
  add column cost bigint not null default 0,
  add column refunded bigint not null default 0,
  -- Calls to the upstream, of which a request may have several, and those of them that it failed.
  add column attempts bigint,
  add column failed_attempts bigint,
  -- Replies by the time to their first byte and to their end, in the buckets of latency_bounds.
  add column first_0 bigint, add column first_1 bigint, add column first_2 bigint, add column first_3 bigint, add column first_4 bigint,
  add column first_5 bigint, add column first_6 bigint, add column first_7 bigint, add column first_8 bigint, add column first_9 bigint,
  add column first_10 bigint, add column first_11 bigint, add column first_12 bigint, add column first_13 bigint,
  add column first_14 bigint, add column first_15 bigint, add column took_0 bigint, add column took_1 bigint, add column took_2 bigint,
  add column took_3 bigint, add column took_4 bigint, add column took_5 bigint, add column took_6 bigint, add column took_7 bigint,
  add column took_8 bigint, add column took_9 bigint, add column took_10 bigint, add column took_11 bigint, add column took_12 bigint,
  add column took_13 bigint, add column took_14 bigint, add column took_15 bigint;
alter table rollup drop constraint rollup_pkey;
alter table rollup add primary key (account_id, hour, key_id, model, upstream);

-- All accounts together. A row for each of a few shards, so that commits of several nodes do not wait for one another.
create table rollup_all (
  requests bigint not null,
  errors bigint not null,
  posted bigint not null,
  absorbed bigint not null,
  cost bigint not null,
  refunded bigint not null default 0,
  attempts bigint,
  failed_attempts bigint,
  input bigint, cache_read bigint, cache_write_5m bigint, cache_write_1h bigint, output bigint, reasoning bigint, image_input bigint,
  image_output bigint, audio_input bigint, audio_output bigint, audio_cache_read bigint, image bigint, video_second bigint,
  video_token bigint, web_search bigint, request bigint,
  first_0 bigint, first_1 bigint, first_2 bigint, first_3 bigint, first_4 bigint, first_5 bigint, first_6 bigint, first_7 bigint,
  first_8 bigint, first_9 bigint, first_10 bigint, first_11 bigint, first_12 bigint, first_13 bigint, first_14 bigint, first_15 bigint,
  took_0 bigint, took_1 bigint, took_2 bigint, took_3 bigint, took_4 bigint, took_5 bigint, took_6 bigint, took_7 bigint, took_8 bigint,
  took_9 bigint, took_10 bigint, took_11 bigint, took_12 bigint, took_13 bigint, took_14 bigint, took_15 bigint,
  hour integer not null,
  shard smallint not null,
  model text not null,
  upstream text not null,
  primary key (hour, model, upstream, shard)
) with (fillfactor = 70);

-- Who had requests on a day (UTC, counted from the Unix epoch), and what they amount to.
create table rollup_day (
  requests bigint not null,
  errors bigint not null,
  posted bigint not null,
  absorbed bigint not null,
  cost bigint not null,
  refunded bigint not null default 0,
  day integer not null,
  account_id integer not null,
  primary key (day, account_id)
) with (fillfactor = 70);

-- What there is already, of requests that are there still. What was given up has neither cost nor upstream.
delete from rollup where hour / 168 not in (select period from retired_period);
with kept as (
  select * from request where period not in (select period from retired_period)
),
sums as materialized (
  select account_id, hour, key_id, model, upstream, sum(requests)::bigint as requests, sum(errors)::bigint as errors,
    rollup_sum(0, sum(posted)) as posted, rollup_sum(0, sum(absorbed)) as absorbed, rollup_sum(0, sum(cost)) as cost,
    sum(attempts)::bigint as attempts, sum(failed_attempts)::bigint as failed_attempts,
    rollup_sum(null, sum(input)) as input, rollup_sum(null, sum(cache_read)) as cache_read,
    rollup_sum(null, sum(cache_write_5m)) as cache_write_5m, rollup_sum(null, sum(cache_write_1h)) as cache_write_1h,
    rollup_sum(null, sum(output)) as output, rollup_sum(null, sum(reasoning)) as reasoning,
    rollup_sum(null, sum(image_input)) as image_input, rollup_sum(null, sum(image_output)) as image_output,
    rollup_sum(null, sum(audio_input)) as audio_input, rollup_sum(null, sum(audio_output)) as audio_output,
    rollup_sum(null, sum(audio_cache_read)) as audio_cache_read, rollup_sum(null, sum(image)) as image,
    rollup_sum(null, sum(video_second)) as video_second, rollup_sum(null, sum(video_token)) as video_token,
    rollup_sum(null, sum(web_search)) as web_search, rollup_sum(null, sum(request)) as request,
    nullif(count(*) filter (where first = 0), 0) as first_0, nullif(count(*) filter (where first = 1), 0) as first_1,
    nullif(count(*) filter (where first = 2), 0) as first_2, nullif(count(*) filter (where first = 3), 0) as first_3,
    nullif(count(*) filter (where first = 4), 0) as first_4, nullif(count(*) filter (where first = 5), 0) as first_5,
    nullif(count(*) filter (where first = 6), 0) as first_6, nullif(count(*) filter (where first = 7), 0) as first_7,
    nullif(count(*) filter (where first = 8), 0) as first_8, nullif(count(*) filter (where first = 9), 0) as first_9,
    nullif(count(*) filter (where first = 10), 0) as first_10, nullif(count(*) filter (where first = 11), 0) as first_11,
    nullif(count(*) filter (where first = 12), 0) as first_12, nullif(count(*) filter (where first = 13), 0) as first_13,
    nullif(count(*) filter (where first = 14), 0) as first_14, nullif(count(*) filter (where first = 15), 0) as first_15,
    nullif(count(*) filter (where took = 0), 0) as took_0, nullif(count(*) filter (where took = 1), 0) as took_1,
    nullif(count(*) filter (where took = 2), 0) as took_2, nullif(count(*) filter (where took = 3), 0) as took_3,
    nullif(count(*) filter (where took = 4), 0) as took_4, nullif(count(*) filter (where took = 5), 0) as took_5,
    nullif(count(*) filter (where took = 6), 0) as took_6, nullif(count(*) filter (where took = 7), 0) as took_7,
    nullif(count(*) filter (where took = 8), 0) as took_8, nullif(count(*) filter (where took = 9), 0) as took_9,
    nullif(count(*) filter (where took = 10), 0) as took_10, nullif(count(*) filter (where took = 11), 0) as took_11,
    nullif(count(*) filter (where took = 12), 0) as took_12, nullif(count(*) filter (where took = 13), 0) as took_13,
    nullif(count(*) filter (where took = 14), 0) as took_14, nullif(count(*) filter (where took = 15), 0) as took_15
  from (
    select account_id, hour, key_id, model_name as model, coalesce(last ->> 0, '') as upstream, 1 as requests,
      request_failed(outcome)::integer as errors, posted, absorbed,
      case when last is null or last ->> 0 = 'sandbox' then 0
        else coalesce(attempt_cost(last), list_price(coalesce(exact, posted::numeric + absorbed), multiplier_num, multiplier_den))
      end as cost,
      case when last is not null then 1 end as attempts,
      case when attempt_failed(last) then 1 end as failed_attempts,
      case when request_answered(outcome) then width_bucket(first_byte_ms, latency_bounds()) end as first,
      case when request_answered(outcome) then width_bucket(duration_ms, latency_bounds()) end as took,
      input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, image_input, image_output, audio_input,
      audio_output, audio_cache_read, image, video_second, video_token, web_search, request
    from (
      select r.*, request_hour(id) as hour, attempts::json -> -1 as last, case when price_id is null then '' else model end as model_name
      from kept r
    ) r
    union all
    select account_id, request_hour(id), key_id, case when price_id is null then '' else model end, e.tried ->> 0, 0, 0, 0, 0, 0, 1,
      case when attempt_failed(e.tried) then 1 end, null, null,
      null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
    from kept r
    cross join lateral json_array_elements(attempts::json) with ordinality e (tried, place)
    where json_array_length(attempts::json) > 1 and e.place < json_array_length(attempts::json)
  ) one
  group by 1, 2, 3, 4, 5
)
insert into rollup (account_id, hour, key_id, model, upstream,
  requests, errors, posted, absorbed, cost, attempts, failed_attempts, input, cache_read, cache_write_5m, cache_write_1h, output,
  reasoning, image_input, image_output, audio_input, audio_output, audio_cache_read, image, video_second, video_token, web_search,
  request, first_0, first_1, first_2, first_3, first_4, first_5, first_6, first_7, first_8, first_9, first_10, first_11, first_12,
  first_13, first_14, first_15, took_0, took_1, took_2, took_3, took_4, took_5, took_6, took_7, took_8, took_9, took_10, took_11, took_12,
  took_13, took_14, took_15)
select account_id, hour, key_id, model, upstream,
  requests, errors, posted, absorbed, cost, attempts, failed_attempts, input, cache_read, cache_write_5m, cache_write_1h, output,
  reasoning, image_input, image_output, audio_input, audio_output, audio_cache_read, image, video_second, video_token, web_search,
  request, first_0, first_1, first_2, first_3, first_4, first_5, first_6, first_7, first_8, first_9, first_10, first_11, first_12,
  first_13, first_14, first_15, took_0, took_1, took_2, took_3, took_4, took_5, took_6, took_7, took_8, took_9, took_10, took_11, took_12,
  took_13, took_14, took_15
from sums;

update rollup r set refunded = t.refunded
from (
  select q.account_id, q.key_id, case when q.price_id is null then '' else q.model end as model,
    coalesce(q.attempts::json -> -1 ->> 0, '') as upstream, rollup_sum(0, sum(t.amount)) as refunded,
    request_hour(q.id) as hour
  from transfer t join request q on q.id = t.request_id
  where t.kind = 'refund' group by 1, 2, 3, 4, 6
) t
where r.account_id = t.account_id and r.hour = t.hour and r.key_id = t.key_id and r.model = t.model and r.upstream = t.upstream;

insert into rollup_all (hour, model, upstream, shard, refunded,
  requests, errors, posted, absorbed, cost, attempts, failed_attempts, input, cache_read, cache_write_5m, cache_write_1h, output,
  reasoning, image_input, image_output, audio_input, audio_output, audio_cache_read, image, video_second, video_token, web_search,
  request, first_0, first_1, first_2, first_3, first_4, first_5, first_6, first_7, first_8, first_9, first_10, first_11, first_12,
  first_13, first_14, first_15, took_0, took_1, took_2, took_3, took_4, took_5, took_6, took_7, took_8, took_9, took_10, took_11, took_12,
  took_13, took_14, took_15)
select hour, model, upstream, 0, rollup_sum(0, sum(refunded)),
  sum(requests)::bigint, sum(errors)::bigint, rollup_sum(0, sum(posted)), rollup_sum(0, sum(absorbed)), rollup_sum(0, sum(cost)),
  sum(attempts)::bigint, sum(failed_attempts)::bigint, rollup_sum(null, sum(input)), rollup_sum(null, sum(cache_read)),
  rollup_sum(null, sum(cache_write_5m)), rollup_sum(null, sum(cache_write_1h)), rollup_sum(null, sum(output)),
  rollup_sum(null, sum(reasoning)), rollup_sum(null, sum(image_input)), rollup_sum(null, sum(image_output)),
  rollup_sum(null, sum(audio_input)), rollup_sum(null, sum(audio_output)), rollup_sum(null, sum(audio_cache_read)),
  rollup_sum(null, sum(image)), rollup_sum(null, sum(video_second)), rollup_sum(null, sum(video_token)),
  rollup_sum(null, sum(web_search)), rollup_sum(null, sum(request)), sum(first_0)::bigint, sum(first_1)::bigint, sum(first_2)::bigint,
  sum(first_3)::bigint, sum(first_4)::bigint, sum(first_5)::bigint, sum(first_6)::bigint, sum(first_7)::bigint, sum(first_8)::bigint,
  sum(first_9)::bigint, sum(first_10)::bigint, sum(first_11)::bigint, sum(first_12)::bigint, sum(first_13)::bigint, sum(first_14)::bigint,
  sum(first_15)::bigint, sum(took_0)::bigint, sum(took_1)::bigint, sum(took_2)::bigint, sum(took_3)::bigint, sum(took_4)::bigint,
  sum(took_5)::bigint, sum(took_6)::bigint, sum(took_7)::bigint, sum(took_8)::bigint, sum(took_9)::bigint, sum(took_10)::bigint,
  sum(took_11)::bigint, sum(took_12)::bigint, sum(took_13)::bigint, sum(took_14)::bigint, sum(took_15)::bigint
from rollup group by 1, 2, 3;

insert into rollup_day (day, account_id, refunded, requests, errors, posted, absorbed, cost)
select hour / 24, account_id, rollup_sum(0, sum(refunded)), 
  sum(requests)::bigint, sum(errors)::bigint, rollup_sum(0, sum(posted)), rollup_sum(0, sum(absorbed)), rollup_sum(0, sum(cost))
from rollup group by 1, 2 having sum(requests) > 0;

-- Rows of each table are taken in the order of their key, so that two commits never wait for each other.
create function request_roll_up() returns trigger language plpgsql as $$
begin
  with sums as materialized (
    select account_id, hour, key_id, model, upstream, sum(requests)::bigint as requests, sum(errors)::bigint as errors,
      rollup_sum(0, sum(posted)) as posted, rollup_sum(0, sum(absorbed)) as absorbed, rollup_sum(0, sum(cost)) as cost,
      sum(attempts)::bigint as attempts, sum(failed_attempts)::bigint as failed_attempts,
      rollup_sum(null, sum(input)) as input, rollup_sum(null, sum(cache_read)) as cache_read,
      rollup_sum(null, sum(cache_write_5m)) as cache_write_5m, rollup_sum(null, sum(cache_write_1h)) as cache_write_1h,
      rollup_sum(null, sum(output)) as output, rollup_sum(null, sum(reasoning)) as reasoning,
      rollup_sum(null, sum(image_input)) as image_input, rollup_sum(null, sum(image_output)) as image_output,
      rollup_sum(null, sum(audio_input)) as audio_input, rollup_sum(null, sum(audio_output)) as audio_output,
      rollup_sum(null, sum(audio_cache_read)) as audio_cache_read, rollup_sum(null, sum(image)) as image,
      rollup_sum(null, sum(video_second)) as video_second, rollup_sum(null, sum(video_token)) as video_token,
      rollup_sum(null, sum(web_search)) as web_search, rollup_sum(null, sum(request)) as request,
      nullif(count(*) filter (where first = 0), 0) as first_0, nullif(count(*) filter (where first = 1), 0) as first_1,
      nullif(count(*) filter (where first = 2), 0) as first_2, nullif(count(*) filter (where first = 3), 0) as first_3,
      nullif(count(*) filter (where first = 4), 0) as first_4, nullif(count(*) filter (where first = 5), 0) as first_5,
      nullif(count(*) filter (where first = 6), 0) as first_6, nullif(count(*) filter (where first = 7), 0) as first_7,
      nullif(count(*) filter (where first = 8), 0) as first_8, nullif(count(*) filter (where first = 9), 0) as first_9,
      nullif(count(*) filter (where first = 10), 0) as first_10, nullif(count(*) filter (where first = 11), 0) as first_11,
      nullif(count(*) filter (where first = 12), 0) as first_12, nullif(count(*) filter (where first = 13), 0) as first_13,
      nullif(count(*) filter (where first = 14), 0) as first_14, nullif(count(*) filter (where first = 15), 0) as first_15,
      nullif(count(*) filter (where took = 0), 0) as took_0, nullif(count(*) filter (where took = 1), 0) as took_1,
      nullif(count(*) filter (where took = 2), 0) as took_2, nullif(count(*) filter (where took = 3), 0) as took_3,
      nullif(count(*) filter (where took = 4), 0) as took_4, nullif(count(*) filter (where took = 5), 0) as took_5,
      nullif(count(*) filter (where took = 6), 0) as took_6, nullif(count(*) filter (where took = 7), 0) as took_7,
      nullif(count(*) filter (where took = 8), 0) as took_8, nullif(count(*) filter (where took = 9), 0) as took_9,
      nullif(count(*) filter (where took = 10), 0) as took_10, nullif(count(*) filter (where took = 11), 0) as took_11,
      nullif(count(*) filter (where took = 12), 0) as took_12, nullif(count(*) filter (where took = 13), 0) as took_13,
      nullif(count(*) filter (where took = 14), 0) as took_14, nullif(count(*) filter (where took = 15), 0) as took_15
    from (
      select account_id, hour, key_id, model_name as model, coalesce(last ->> 0, '') as upstream, 1 as requests,
        request_failed(outcome)::integer as errors, posted, absorbed,
        case when last is null or last ->> 0 = 'sandbox' then 0
          else coalesce(attempt_cost(last), list_price(coalesce(exact, posted::numeric + absorbed), multiplier_num, multiplier_den))
        end as cost,
        case when last is not null then 1 end as attempts,
        case when attempt_failed(last) then 1 end as failed_attempts,
        case when request_answered(outcome) then width_bucket(first_byte_ms, latency_bounds()) end as first,
        case when request_answered(outcome) then width_bucket(duration_ms, latency_bounds()) end as took,
        input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, image_input, image_output, audio_input,
        audio_output, audio_cache_read, image, video_second, video_token, web_search, request
      from (
        select r.*, request_hour(id) as hour, attempts::json -> -1 as last, case when price_id is null then '' else model end as model_name
        from added r
      ) r
      union all
      select account_id, request_hour(id), key_id, case when price_id is null then '' else model end, e.tried ->> 0, 0, 0, 0, 0, 0, 1,
        case when attempt_failed(e.tried) then 1 end, null, null,
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
      from added r
      cross join lateral json_array_elements(attempts::json) with ordinality e (tried, place)
      where json_array_length(attempts::json) > 1 and e.place < json_array_length(attempts::json)
    ) one
    group by 1, 2, 3, 4, 5
  ),
  accounts as (
    insert into rollup as r (account_id, hour, key_id, model, upstream,
      requests, errors, posted, absorbed, cost, attempts, failed_attempts, input, cache_read, cache_write_5m, cache_write_1h, output,
      reasoning, image_input, image_output, audio_input, audio_output, audio_cache_read, image, video_second, video_token, web_search,
      request, first_0, first_1, first_2, first_3, first_4, first_5, first_6, first_7, first_8, first_9, first_10, first_11, first_12,
      first_13, first_14, first_15, took_0, took_1, took_2, took_3, took_4, took_5, took_6, took_7, took_8, took_9, took_10, took_11,
      took_12, took_13, took_14, took_15)
    select account_id, hour, key_id, model, upstream,
      requests, errors, posted, absorbed, cost, attempts, failed_attempts, input, cache_read, cache_write_5m, cache_write_1h, output,
      reasoning, image_input, image_output, audio_input, audio_output, audio_cache_read, image, video_second, video_token, web_search,
      request, first_0, first_1, first_2, first_3, first_4, first_5, first_6, first_7, first_8, first_9, first_10, first_11, first_12,
      first_13, first_14, first_15, took_0, took_1, took_2, took_3, took_4, took_5, took_6, took_7, took_8, took_9, took_10, took_11,
      took_12, took_13, took_14, took_15
    from sums order by account_id, hour, key_id, model, upstream
    on conflict (account_id, hour, key_id, model, upstream) do update set
      requests = r.requests + excluded.requests, errors = r.errors + excluded.errors, posted = rollup_sum(r.posted, excluded.posted),
      absorbed = rollup_sum(r.absorbed, excluded.absorbed), cost = rollup_sum(r.cost, excluded.cost),
      attempts = coalesce(r.attempts + excluded.attempts, r.attempts, excluded.attempts),
      failed_attempts = coalesce(r.failed_attempts + excluded.failed_attempts, r.failed_attempts, excluded.failed_attempts),
      input = rollup_sum(r.input, excluded.input), cache_read = rollup_sum(r.cache_read, excluded.cache_read),
      cache_write_5m = rollup_sum(r.cache_write_5m, excluded.cache_write_5m),
      cache_write_1h = rollup_sum(r.cache_write_1h, excluded.cache_write_1h), output = rollup_sum(r.output, excluded.output),
      reasoning = rollup_sum(r.reasoning, excluded.reasoning), image_input = rollup_sum(r.image_input, excluded.image_input),
      image_output = rollup_sum(r.image_output, excluded.image_output), audio_input = rollup_sum(r.audio_input, excluded.audio_input),
      audio_output = rollup_sum(r.audio_output, excluded.audio_output),
      audio_cache_read = rollup_sum(r.audio_cache_read, excluded.audio_cache_read), image = rollup_sum(r.image, excluded.image),
      video_second = rollup_sum(r.video_second, excluded.video_second), video_token = rollup_sum(r.video_token, excluded.video_token),
      web_search = rollup_sum(r.web_search, excluded.web_search), request = rollup_sum(r.request, excluded.request),
      first_0 = coalesce(r.first_0 + excluded.first_0, r.first_0, excluded.first_0),
      first_1 = coalesce(r.first_1 + excluded.first_1, r.first_1, excluded.first_1),
      first_2 = coalesce(r.first_2 + excluded.first_2, r.first_2, excluded.first_2),
      first_3 = coalesce(r.first_3 + excluded.first_3, r.first_3, excluded.first_3),
      first_4 = coalesce(r.first_4 + excluded.first_4, r.first_4, excluded.first_4),
      first_5 = coalesce(r.first_5 + excluded.first_5, r.first_5, excluded.first_5),
      first_6 = coalesce(r.first_6 + excluded.first_6, r.first_6, excluded.first_6),
      first_7 = coalesce(r.first_7 + excluded.first_7, r.first_7, excluded.first_7),
      first_8 = coalesce(r.first_8 + excluded.first_8, r.first_8, excluded.first_8),
      first_9 = coalesce(r.first_9 + excluded.first_9, r.first_9, excluded.first_9),
      first_10 = coalesce(r.first_10 + excluded.first_10, r.first_10, excluded.first_10),
      first_11 = coalesce(r.first_11 + excluded.first_11, r.first_11, excluded.first_11),
      first_12 = coalesce(r.first_12 + excluded.first_12, r.first_12, excluded.first_12),
      first_13 = coalesce(r.first_13 + excluded.first_13, r.first_13, excluded.first_13),
      first_14 = coalesce(r.first_14 + excluded.first_14, r.first_14, excluded.first_14),
      first_15 = coalesce(r.first_15 + excluded.first_15, r.first_15, excluded.first_15),
      took_0 = coalesce(r.took_0 + excluded.took_0, r.took_0, excluded.took_0),
      took_1 = coalesce(r.took_1 + excluded.took_1, r.took_1, excluded.took_1),
      took_2 = coalesce(r.took_2 + excluded.took_2, r.took_2, excluded.took_2),
      took_3 = coalesce(r.took_3 + excluded.took_3, r.took_3, excluded.took_3),
      took_4 = coalesce(r.took_4 + excluded.took_4, r.took_4, excluded.took_4),
      took_5 = coalesce(r.took_5 + excluded.took_5, r.took_5, excluded.took_5),
      took_6 = coalesce(r.took_6 + excluded.took_6, r.took_6, excluded.took_6),
      took_7 = coalesce(r.took_7 + excluded.took_7, r.took_7, excluded.took_7),
      took_8 = coalesce(r.took_8 + excluded.took_8, r.took_8, excluded.took_8),
      took_9 = coalesce(r.took_9 + excluded.took_9, r.took_9, excluded.took_9),
      took_10 = coalesce(r.took_10 + excluded.took_10, r.took_10, excluded.took_10),
      took_11 = coalesce(r.took_11 + excluded.took_11, r.took_11, excluded.took_11),
      took_12 = coalesce(r.took_12 + excluded.took_12, r.took_12, excluded.took_12),
      took_13 = coalesce(r.took_13 + excluded.took_13, r.took_13, excluded.took_13),
      took_14 = coalesce(r.took_14 + excluded.took_14, r.took_14, excluded.took_14),
      took_15 = coalesce(r.took_15 + excluded.took_15, r.took_15, excluded.took_15)
  ),
  everything as (
    insert into rollup_all as r (hour, model, upstream, shard,
      requests, errors, posted, absorbed, cost, attempts, failed_attempts, input, cache_read, cache_write_5m, cache_write_1h, output,
      reasoning, image_input, image_output, audio_input, audio_output, audio_cache_read, image, video_second, video_token, web_search,
      request, first_0, first_1, first_2, first_3, first_4, first_5, first_6, first_7, first_8, first_9, first_10, first_11, first_12,
      first_13, first_14, first_15, took_0, took_1, took_2, took_3, took_4, took_5, took_6, took_7, took_8, took_9, took_10, took_11,
      took_12, took_13, took_14, took_15)
    select hour, model, upstream, pg_backend_pid() % 8,
      sum(requests)::bigint, sum(errors)::bigint, rollup_sum(0, sum(posted)), rollup_sum(0, sum(absorbed)), rollup_sum(0, sum(cost)),
      sum(attempts)::bigint, sum(failed_attempts)::bigint, rollup_sum(null, sum(input)), rollup_sum(null, sum(cache_read)),
      rollup_sum(null, sum(cache_write_5m)), rollup_sum(null, sum(cache_write_1h)), rollup_sum(null, sum(output)),
      rollup_sum(null, sum(reasoning)), rollup_sum(null, sum(image_input)), rollup_sum(null, sum(image_output)),
      rollup_sum(null, sum(audio_input)), rollup_sum(null, sum(audio_output)), rollup_sum(null, sum(audio_cache_read)),
      rollup_sum(null, sum(image)), rollup_sum(null, sum(video_second)), rollup_sum(null, sum(video_token)),
      rollup_sum(null, sum(web_search)), rollup_sum(null, sum(request)), sum(first_0)::bigint, sum(first_1)::bigint, sum(first_2)::bigint,
      sum(first_3)::bigint, sum(first_4)::bigint, sum(first_5)::bigint, sum(first_6)::bigint, sum(first_7)::bigint, sum(first_8)::bigint,
      sum(first_9)::bigint, sum(first_10)::bigint, sum(first_11)::bigint, sum(first_12)::bigint, sum(first_13)::bigint,
      sum(first_14)::bigint, sum(first_15)::bigint, sum(took_0)::bigint, sum(took_1)::bigint, sum(took_2)::bigint, sum(took_3)::bigint,
      sum(took_4)::bigint, sum(took_5)::bigint, sum(took_6)::bigint, sum(took_7)::bigint, sum(took_8)::bigint, sum(took_9)::bigint,
      sum(took_10)::bigint, sum(took_11)::bigint, sum(took_12)::bigint, sum(took_13)::bigint, sum(took_14)::bigint, sum(took_15)::bigint
    from sums group by 1, 2, 3 order by 1, 2, 3
    on conflict (hour, model, upstream, shard) do update set
      requests = r.requests + excluded.requests, errors = r.errors + excluded.errors, posted = rollup_sum(r.posted, excluded.posted),
      absorbed = rollup_sum(r.absorbed, excluded.absorbed), cost = rollup_sum(r.cost, excluded.cost),
      attempts = coalesce(r.attempts + excluded.attempts, r.attempts, excluded.attempts),
      failed_attempts = coalesce(r.failed_attempts + excluded.failed_attempts, r.failed_attempts, excluded.failed_attempts),
      input = rollup_sum(r.input, excluded.input), cache_read = rollup_sum(r.cache_read, excluded.cache_read),
      cache_write_5m = rollup_sum(r.cache_write_5m, excluded.cache_write_5m),
      cache_write_1h = rollup_sum(r.cache_write_1h, excluded.cache_write_1h), output = rollup_sum(r.output, excluded.output),
      reasoning = rollup_sum(r.reasoning, excluded.reasoning), image_input = rollup_sum(r.image_input, excluded.image_input),
      image_output = rollup_sum(r.image_output, excluded.image_output), audio_input = rollup_sum(r.audio_input, excluded.audio_input),
      audio_output = rollup_sum(r.audio_output, excluded.audio_output),
      audio_cache_read = rollup_sum(r.audio_cache_read, excluded.audio_cache_read), image = rollup_sum(r.image, excluded.image),
      video_second = rollup_sum(r.video_second, excluded.video_second), video_token = rollup_sum(r.video_token, excluded.video_token),
      web_search = rollup_sum(r.web_search, excluded.web_search), request = rollup_sum(r.request, excluded.request),
      first_0 = coalesce(r.first_0 + excluded.first_0, r.first_0, excluded.first_0),
      first_1 = coalesce(r.first_1 + excluded.first_1, r.first_1, excluded.first_1),
      first_2 = coalesce(r.first_2 + excluded.first_2, r.first_2, excluded.first_2),
      first_3 = coalesce(r.first_3 + excluded.first_3, r.first_3, excluded.first_3),
      first_4 = coalesce(r.first_4 + excluded.first_4, r.first_4, excluded.first_4),
      first_5 = coalesce(r.first_5 + excluded.first_5, r.first_5, excluded.first_5),
      first_6 = coalesce(r.first_6 + excluded.first_6, r.first_6, excluded.first_6),
      first_7 = coalesce(r.first_7 + excluded.first_7, r.first_7, excluded.first_7),
      first_8 = coalesce(r.first_8 + excluded.first_8, r.first_8, excluded.first_8),
      first_9 = coalesce(r.first_9 + excluded.first_9, r.first_9, excluded.first_9),
      first_10 = coalesce(r.first_10 + excluded.first_10, r.first_10, excluded.first_10),
      first_11 = coalesce(r.first_11 + excluded.first_11, r.first_11, excluded.first_11),
      first_12 = coalesce(r.first_12 + excluded.first_12, r.first_12, excluded.first_12),
      first_13 = coalesce(r.first_13 + excluded.first_13, r.first_13, excluded.first_13),
      first_14 = coalesce(r.first_14 + excluded.first_14, r.first_14, excluded.first_14),
      first_15 = coalesce(r.first_15 + excluded.first_15, r.first_15, excluded.first_15),
      took_0 = coalesce(r.took_0 + excluded.took_0, r.took_0, excluded.took_0),
      took_1 = coalesce(r.took_1 + excluded.took_1, r.took_1, excluded.took_1),
      took_2 = coalesce(r.took_2 + excluded.took_2, r.took_2, excluded.took_2),
      took_3 = coalesce(r.took_3 + excluded.took_3, r.took_3, excluded.took_3),
      took_4 = coalesce(r.took_4 + excluded.took_4, r.took_4, excluded.took_4),
      took_5 = coalesce(r.took_5 + excluded.took_5, r.took_5, excluded.took_5),
      took_6 = coalesce(r.took_6 + excluded.took_6, r.took_6, excluded.took_6),
      took_7 = coalesce(r.took_7 + excluded.took_7, r.took_7, excluded.took_7),
      took_8 = coalesce(r.took_8 + excluded.took_8, r.took_8, excluded.took_8),
      took_9 = coalesce(r.took_9 + excluded.took_9, r.took_9, excluded.took_9),
      took_10 = coalesce(r.took_10 + excluded.took_10, r.took_10, excluded.took_10),
      took_11 = coalesce(r.took_11 + excluded.took_11, r.took_11, excluded.took_11),
      took_12 = coalesce(r.took_12 + excluded.took_12, r.took_12, excluded.took_12),
      took_13 = coalesce(r.took_13 + excluded.took_13, r.took_13, excluded.took_13),
      took_14 = coalesce(r.took_14 + excluded.took_14, r.took_14, excluded.took_14),
      took_15 = coalesce(r.took_15 + excluded.took_15, r.took_15, excluded.took_15)
  )
  insert into rollup_day as r (day, account_id, requests, errors, posted, absorbed, cost)
  select hour / 24, account_id,
    sum(requests)::bigint, sum(errors)::bigint, rollup_sum(0, sum(posted)), rollup_sum(0, sum(absorbed)), rollup_sum(0, sum(cost))
  from sums group by 1, 2 having sum(requests) > 0 order by 1, 2
  on conflict (day, account_id) do update set
    requests = r.requests + excluded.requests, errors = r.errors + excluded.errors, posted = rollup_sum(r.posted, excluded.posted),
    absorbed = rollup_sum(r.absorbed, excluded.absorbed), cost = rollup_sum(r.cost, excluded.cost);
  return null;
end $$;

create trigger request_rolls_up after insert on request referencing new table as added
for each statement execute function request_roll_up();
