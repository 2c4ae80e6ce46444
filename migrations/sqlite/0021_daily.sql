-- Sums of days, so that a figure of ninety days does not add up ninety days of hours (docs/decisions/0043): `rollup` and `rollup_all` by
-- the day (UTC, counted from the Unix epoch) instead of the hour, in the same commit.
create table rollup_daily (
  account_id integer not null,
  day integer not null,
  key_id integer not null,
  model text not null,
  upstream text not null,
  requests integer not null,
  errors integer not null,
  posted integer not null,
  absorbed integer not null,
  cost integer not null default 0,
  refunded integer not null default 0,
  attempts integer,
  failed_attempts integer,
  input integer, cache_read integer, cache_write_5m integer, cache_write_1h integer, output integer, reasoning integer,
  image_input integer, image_output integer, audio_input integer, audio_output integer, audio_cache_read integer, image integer,
  video_second integer, video_token integer, web_search integer, request integer,
  first_0 integer, first_1 integer, first_2 integer, first_3 integer, first_4 integer, first_5 integer, first_6 integer, first_7 integer,
  first_8 integer, first_9 integer, first_10 integer, first_11 integer, first_12 integer, first_13 integer, first_14 integer,
  first_15 integer, took_0 integer, took_1 integer, took_2 integer, took_3 integer, took_4 integer, took_5 integer, took_6 integer,
  took_7 integer, took_8 integer, took_9 integer, took_10 integer, took_11 integer, took_12 integer, took_13 integer, took_14 integer,
  took_15 integer,
  primary key (account_id, day, key_id, model, upstream)
) strict, without rowid;

create table rollup_all_daily (
  day integer not null,
  model text not null,
  upstream text not null,
  -- Always 0: there is one writer.
  shard integer not null default 0,
  requests integer not null,
  errors integer not null,
  posted integer not null,
  absorbed integer not null,
  cost integer not null default 0,
  refunded integer not null default 0,
  attempts integer,
  failed_attempts integer,
  input integer, cache_read integer, cache_write_5m integer, cache_write_1h integer, output integer, reasoning integer,
  image_input integer, image_output integer, audio_input integer, audio_output integer, audio_cache_read integer, image integer,
  video_second integer, video_token integer, web_search integer, request integer,
  first_0 integer, first_1 integer, first_2 integer, first_3 integer, first_4 integer, first_5 integer, first_6 integer, first_7 integer,
  first_8 integer, first_9 integer, first_10 integer, first_11 integer, first_12 integer, first_13 integer, first_14 integer,
  first_15 integer, took_0 integer, took_1 integer, took_2 integer, took_3 integer, took_4 integer, took_5 integer, took_6 integer,
  took_7 integer, took_8 integer, took_9 integer, took_10 integer, took_11 integer, took_12 integer, took_13 integer, took_14 integer,
  took_15 integer,
  primary key (day, model, upstream, shard)
) strict, without rowid;

-- What there is already.
insert into rollup_daily (account_id, day, key_id, model, upstream, refunded,
  requests, errors, posted, absorbed, cost, attempts, failed_attempts, input, cache_read, cache_write_5m, cache_write_1h, output,
  reasoning, image_input, image_output, audio_input, audio_output, audio_cache_read, image, video_second, video_token, web_search,
  request, first_0, first_1, first_2, first_3, first_4, first_5, first_6, first_7, first_8, first_9, first_10, first_11, first_12,
  first_13, first_14, first_15, took_0, took_1, took_2, took_3, took_4, took_5, took_6, took_7, took_8, took_9, took_10, took_11, took_12,
  took_13, took_14, took_15)
select account_id, hour / 24, key_id, model, upstream, sum(refunded),
  sum(requests), sum(errors), sum(posted), sum(absorbed), sum(cost), sum(attempts), sum(failed_attempts), sum(input), sum(cache_read),
  sum(cache_write_5m), sum(cache_write_1h), sum(output), sum(reasoning), sum(image_input), sum(image_output), sum(audio_input),
  sum(audio_output), sum(audio_cache_read), sum(image), sum(video_second), sum(video_token), sum(web_search), sum(request), sum(first_0),
  sum(first_1), sum(first_2), sum(first_3), sum(first_4), sum(first_5), sum(first_6), sum(first_7), sum(first_8), sum(first_9),
  sum(first_10), sum(first_11), sum(first_12), sum(first_13), sum(first_14), sum(first_15), sum(took_0), sum(took_1), sum(took_2),
  sum(took_3), sum(took_4), sum(took_5), sum(took_6), sum(took_7), sum(took_8), sum(took_9), sum(took_10), sum(took_11), sum(took_12),
  sum(took_13), sum(took_14), sum(took_15)
from rollup group by 1, 2, 3, 4, 5;

insert into rollup_all_daily (day, model, upstream, refunded,
  requests, errors, posted, absorbed, cost, attempts, failed_attempts, input, cache_read, cache_write_5m, cache_write_1h, output,
  reasoning, image_input, image_output, audio_input, audio_output, audio_cache_read, image, video_second, video_token, web_search,
  request, first_0, first_1, first_2, first_3, first_4, first_5, first_6, first_7, first_8, first_9, first_10, first_11, first_12,
  first_13, first_14, first_15, took_0, took_1, took_2, took_3, took_4, took_5, took_6, took_7, took_8, took_9, took_10, took_11, took_12,
  took_13, took_14, took_15)
select hour / 24, model, upstream, sum(refunded),
  sum(requests), sum(errors), sum(posted), sum(absorbed), sum(cost), sum(attempts), sum(failed_attempts), sum(input), sum(cache_read),
  sum(cache_write_5m), sum(cache_write_1h), sum(output), sum(reasoning), sum(image_input), sum(image_output), sum(audio_input),
  sum(audio_output), sum(audio_cache_read), sum(image), sum(video_second), sum(video_token), sum(web_search), sum(request), sum(first_0),
  sum(first_1), sum(first_2), sum(first_3), sum(first_4), sum(first_5), sum(first_6), sum(first_7), sum(first_8), sum(first_9),
  sum(first_10), sum(first_11), sum(first_12), sum(first_13), sum(first_14), sum(first_15), sum(took_0), sum(took_1), sum(took_2),
  sum(took_3), sum(took_4), sum(took_5), sum(took_6), sum(took_7), sum(took_8), sum(took_9), sum(took_10), sum(took_11), sum(took_12),
  sum(took_13), sum(took_14), sum(took_15)
from rollup_all group by 1, 2, 3;
