-- What the console shows is added up in the commit of the requests themselves (docs/decisions/0043): by upstream too, with what providers
-- take, how many calls there were, and how long replies took; for each account, for the installation, and for each account's day.

create table account_rollup (
  account_id integer not null,
  -- Hours since the Unix epoch, of the request id's own time.
  hour integer not null,
  key_id integer not null,
  -- Empty for what was refused before it had a price: such a name may be anything, and there are any number of them.
  model text not null,
  -- The last one that was asked; empty where none was.
  upstream text not null,
  requests integer not null,
  -- Of these, those that came to nothing: refused, or a failure of the provider or of us.
  errors integer not null,
  -- Nano-units: charged, beyond that, what providers take, and what was given back of the charges.
  posted integer not null,
  absorbed integer not null,
  cost integer not null default 0,
  refunded integer not null default 0,
  -- Calls to the upstream, of which a request may have several, and those of them that it failed.
  attempts integer,
  failed_attempts integer,
  input integer, cache_read integer, cache_write_5m integer, cache_write_1h integer, output integer, reasoning integer,
  image_input integer, image_output integer, audio_input integer, audio_output integer, audio_cache_read integer, image integer,
  video_second integer, video_token integer, web_search integer, request integer,
  -- Replies by the time to their first byte and to their end, in buckets that begin at 0, 50, 100, 200 ms … (src/ledger/rollup.ts).
  first_0 integer, first_1 integer, first_2 integer, first_3 integer, first_4 integer, first_5 integer, first_6 integer, first_7 integer,
  first_8 integer, first_9 integer, first_10 integer, first_11 integer, first_12 integer, first_13 integer, first_14 integer,
  first_15 integer, took_0 integer, took_1 integer, took_2 integer, took_3 integer, took_4 integer, took_5 integer, took_6 integer,
  took_7 integer, took_8 integer, took_9 integer, took_10 integer, took_11 integer, took_12 integer, took_13 integer, took_14 integer,
  took_15 integer,
  primary key (account_id, hour, key_id, model, upstream)
) strict, without rowid;

-- What was given up has neither cost nor upstream.
insert into account_rollup (account_id, hour, key_id, model, upstream, requests, errors, posted, absorbed,
  input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, image_input, image_output, audio_input, audio_output,
  audio_cache_read, image, video_second, video_token, web_search, request)
select account_id, hour, key_id, model, '', requests, errors, posted, absorbed,
  input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, image_input, image_output, audio_input, audio_output,
  audio_cache_read, image, video_second, video_token, web_search, request
from rollup where hour / 168 in (select period from retired_period);

insert into account_rollup (account_id, hour, key_id, model, upstream,
  requests, errors, posted, absorbed, cost, attempts, failed_attempts, input, cache_read, cache_write_5m, cache_write_1h, output,
  reasoning, image_input, image_output, audio_input, audio_output, audio_cache_read, image, video_second, video_token, web_search,
  request, first_0, first_1, first_2, first_3, first_4, first_5, first_6, first_7, first_8, first_9, first_10, first_11, first_12,
  first_13, first_14, first_15, took_0, took_1, took_2, took_3, took_4, took_5, took_6, took_7, took_8, took_9, took_10, took_11, took_12,
  took_13, took_14, took_15)
select
  account_id, hour, key_id, model, upstream, sum(requests) as requests, sum(errors) as errors, sum(posted) as posted,
  sum(absorbed) as absorbed, sum(cost) as cost, sum(attempts) as attempts, sum(failed_attempts) as failed_attempts,
  sum(input) as input, sum(cache_read) as cache_read, sum(cache_write_5m) as cache_write_5m, sum(cache_write_1h) as cache_write_1h,
  sum(output) as output, sum(reasoning) as reasoning, sum(image_input) as image_input, sum(image_output) as image_output,
  sum(audio_input) as audio_input, sum(audio_output) as audio_output, sum(audio_cache_read) as audio_cache_read, sum(image) as image,
  sum(video_second) as video_second, sum(video_token) as video_token, sum(web_search) as web_search, sum(request) as request,
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
  select
    account_id, ('0x' || hex(substr(id, 1, 6)) ->> '$') / 3600000 as hour, key_id, iif(price_id is null, '', model) as model,
    coalesce(last ->> 0, '') as upstream, 1 as requests,
    outcome in (
      'rejected', 'upstream_failed_before_output', 'upstream_failed_after_output', 'upstream_failed_charged', 'empty', 'gateway_failed', 'crashed',
      'task_lost'
    ) as errors, posted, absorbed,
    iif(last is null or last ->> 0 = 'sandbox', 0, coalesce(
      cast(iif(json_type(last, '$[1]') = 'text', null, last ->> 5) as integer),
      iif(multiplier_num is null, coalesce(exact, posted + absorbed),
        cast((2 * coalesce(exact, posted + absorbed) * multiplier_den + multiplier_num) / (2 * multiplier_num) as integer)), 0)) as cost,
    iif(last is null, null, 1) as attempts,
    iif(iif(json_type(last, '$[1]') = 'text', last ->> 3, last ->> 4) in (
      'upstream_failed', 'upstream_timeout', 'overloaded', 'requests_limited', 'tokens_limited', 'internal'
    ), 1, null) as failed_attempts,
    case when first_byte_ms is null or outcome not in (
      'completed', 'completed_no_usage', 'completed_zero_usage', 'content_filtered', 'cut_by_hold') then null
      when first_byte_ms < 50 then 0 when first_byte_ms < 100 then 1 when first_byte_ms < 200 then 2 when first_byte_ms < 300 then 3
      when first_byte_ms < 500 then 4 when first_byte_ms < 750 then 5 when first_byte_ms < 1000 then 6
      when first_byte_ms < 1500 then 7 when first_byte_ms < 2000 then 8 when first_byte_ms < 3000 then 9
      when first_byte_ms < 5000 then 10 when first_byte_ms < 8000 then 11 when first_byte_ms < 15000 then 12
      when first_byte_ms < 30000 then 13 when first_byte_ms < 60000 then 14 else 15 end as first,
    case when outcome not in (
      'completed', 'completed_no_usage', 'completed_zero_usage', 'content_filtered', 'cut_by_hold') then null
      when duration_ms < 50 then 0 when duration_ms < 100 then 1 when duration_ms < 200 then 2 when duration_ms < 300 then 3
      when duration_ms < 500 then 4 when duration_ms < 750 then 5 when duration_ms < 1000 then 6 when duration_ms < 1500 then 7
      when duration_ms < 2000 then 8 when duration_ms < 3000 then 9 when duration_ms < 5000 then 10 when duration_ms < 8000 then 11
      when duration_ms < 15000 then 12 when duration_ms < 30000 then 13 when duration_ms < 60000 then 14 else 15 end as took,
    input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, image_input, image_output, audio_input,
    audio_output, audio_cache_read, image, video_second, video_token, web_search, request
  from (select *, attempts -> '$[#-1]' as last from request)
  union all
  select
    r.account_id, ('0x' || hex(substr(r.id, 1, 6)) ->> '$') / 3600000, r.key_id, iif(r.price_id is null, '', r.model), e.value ->> 0,
    0, 0, 0, 0, 0, 1,
    iif(iif(json_type(e.value, '$[1]') = 'text', e.value ->> 3, e.value ->> 4) in (
      'upstream_failed', 'upstream_timeout', 'overloaded', 'requests_limited', 'tokens_limited', 'internal'
    ), 1, null),
    null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
  from request r, json_each(r.attempts) e
  where json_array_length(r.attempts) > 1 and e.key < json_array_length(r.attempts) - 1
)
where hour / 168 not in (select period from retired_period)
group by 1, 2, 3, 4, 5;

drop table rollup;
alter table account_rollup rename to rollup;

update rollup set refunded = t.refunded
from (
  select q.account_id, ('0x' || hex(substr(q.id, 1, 6)) ->> '$') / 3600000 as hour, q.key_id,
    iif(q.price_id is null, '', q.model) as model, coalesce(q.attempts -> '$[#-1]' ->> 0, '') as upstream, sum(t.amount) as refunded
  from transfer t join request q on q.id = t.request_id
  where t.kind = 'refund' group by 1, 2, 3, 4, 5
) t
where rollup.account_id = t.account_id and rollup.hour = t.hour and rollup.key_id = t.key_id and rollup.model = t.model
  and rollup.upstream = t.upstream;

-- All accounts together.
create table rollup_all (
  hour integer not null,
  model text not null,
  upstream text not null,
  -- Always 0: there is one writer.
  shard integer not null default 0,
  requests integer not null,
  -- Of these, those that came to nothing: refused, or a failure of the provider or of us.
  errors integer not null,
  -- Nano-units: charged, beyond that, what providers take, and what was given back of the charges.
  posted integer not null,
  absorbed integer not null,
  cost integer not null default 0,
  refunded integer not null default 0,
  -- Calls to the upstream, of which a request may have several, and those of them that it failed.
  attempts integer,
  failed_attempts integer,
  input integer, cache_read integer, cache_write_5m integer, cache_write_1h integer, output integer, reasoning integer,
  image_input integer, image_output integer, audio_input integer, audio_output integer, audio_cache_read integer, image integer,
  video_second integer, video_token integer, web_search integer, request integer,
  -- Replies by the time to their first byte and to their end, in buckets that begin at 0, 50, 100, 200 ms … (src/ledger/rollup.ts).
  first_0 integer, first_1 integer, first_2 integer, first_3 integer, first_4 integer, first_5 integer, first_6 integer, first_7 integer,
  first_8 integer, first_9 integer, first_10 integer, first_11 integer, first_12 integer, first_13 integer, first_14 integer,
  first_15 integer, took_0 integer, took_1 integer, took_2 integer, took_3 integer, took_4 integer, took_5 integer, took_6 integer,
  took_7 integer, took_8 integer, took_9 integer, took_10 integer, took_11 integer, took_12 integer, took_13 integer, took_14 integer,
  took_15 integer,
  primary key (hour, model, upstream, shard)
) strict, without rowid;

insert into rollup_all (hour, model, upstream, refunded,
  requests, errors, posted, absorbed, cost, attempts, failed_attempts, input, cache_read, cache_write_5m, cache_write_1h, output,
  reasoning, image_input, image_output, audio_input, audio_output, audio_cache_read, image, video_second, video_token, web_search,
  request, first_0, first_1, first_2, first_3, first_4, first_5, first_6, first_7, first_8, first_9, first_10, first_11, first_12,
  first_13, first_14, first_15, took_0, took_1, took_2, took_3, took_4, took_5, took_6, took_7, took_8, took_9, took_10, took_11, took_12,
  took_13, took_14, took_15)
select hour, model, upstream, sum(refunded),
  sum(requests), sum(errors), sum(posted), sum(absorbed), sum(cost), sum(attempts), sum(failed_attempts), sum(input), sum(cache_read),
  sum(cache_write_5m), sum(cache_write_1h), sum(output), sum(reasoning), sum(image_input), sum(image_output), sum(audio_input),
  sum(audio_output), sum(audio_cache_read), sum(image), sum(video_second), sum(video_token), sum(web_search), sum(request), sum(first_0),
  sum(first_1), sum(first_2), sum(first_3), sum(first_4), sum(first_5), sum(first_6), sum(first_7), sum(first_8), sum(first_9),
  sum(first_10), sum(first_11), sum(first_12), sum(first_13), sum(first_14), sum(first_15), sum(took_0), sum(took_1), sum(took_2),
  sum(took_3), sum(took_4), sum(took_5), sum(took_6), sum(took_7), sum(took_8), sum(took_9), sum(took_10), sum(took_11), sum(took_12),
  sum(took_13), sum(took_14), sum(took_15)
from rollup group by 1, 2, 3;

-- Who had requests on a day (UTC, counted from the Unix epoch), and what they amount to.
create table rollup_day (
  day integer not null,
  account_id integer not null,
  requests integer not null,
  errors integer not null,
  posted integer not null,
  absorbed integer not null,
  cost integer not null,
  refunded integer not null default 0,
  primary key (day, account_id)
) strict, without rowid;

insert into rollup_day (day, account_id, refunded, requests, errors, posted, absorbed, cost)
select hour / 24, account_id, sum(refunded), sum(requests), sum(errors), sum(posted), sum(absorbed), sum(cost)
from rollup group by 1, 2 having sum(requests) > 0;
