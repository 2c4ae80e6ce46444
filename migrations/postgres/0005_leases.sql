-- Leases of several owners, and the one statement by which each of them commits (docs/decisions/0018).

-- Milliseconds during which the database was reachable for somebody: a renewal adds what has passed since the one before, whoever
-- sent it, and an outage adds nothing. Owners' lives are counted by it, so that a database that stood still takes nobody for dead.
create table lease_clock (
  id smallint primary key default 1 check (id = 1),
  reachable_ms bigint not null,
  -- reachable_ms when the last outage ended.
  resumed_at bigint not null,
  -- The database's own clock at the last renewal.
  seen_at bigint not null
);

insert into lease_clock (reachable_ms, resumed_at, seen_at)
values (0, 0, (extract(epoch from clock_timestamp()) * 1000)::bigint);

-- Processes that borrow. One that was taken for dead and lives begins another epoch.
create table lease_owner (
  id text not null,
  epoch bigint not null,
  -- Its own: a single one would make all nodes wait for each other's commits.
  revenue_account_id integer not null references account (id),
  state text not null check (state in ('open', 'fenced', 'gone')),
  -- Both as of lease_clock.reachable_ms.
  renewed_at bigint not null,
  fenced_at bigint,
  started_at bigint not null,
  primary key (id, epoch)
);

create index lease_owner_by_life on lease_owner (state, renewed_at) where state <> 'gone';
create index lease_owner_by_revenue on lease_owner (revenue_account_id) where state <> 'gone';

-- @param outage longer silence than this, or a clock that went back, was an outage
create function lease_tick(outage bigint) returns bigint language sql as $$
  update lease_clock set
    reachable_ms = reachable_ms + case when passed between 0 and outage then passed else 0 end,
    resumed_at = case when passed between 0 and outage then resumed_at else reachable_ms end,
    seen_at = seen_at + passed
  from (
    select (extract(epoch from clock_timestamp()) * 1000)::bigint - c.seen_at as passed
    from (select seen_at from lease_clock for update) c
  ) since
  returning reachable_ms
$$;

-- A new owner, or a new epoch of one. Returns its revenue account: one that nobody alive uses.
create function lease_join(o_id text, o_epoch bigint, o_now bigint, outage bigint) returns integer language plpgsql as $$
declare
  reach bigint := lease_tick(outage);
  revenue integer;
begin
  -- The clock's row is locked until the end: no two owners choose at once.
  select a.id into revenue from account a
  where a.kind = 'revenue'
    and not exists (select 1 from lease_owner o where o.revenue_account_id = a.id and o.state <> 'gone')
  order by a.id limit 1;
  if revenue is null then
    insert into account (public_id, kind, name, created_at) values ('acc_revenue_' || o_id || '_' || o_epoch, 'revenue', 'Revenue', o_now)
    returning id into revenue;
  end if;
  insert into lease_owner (id, epoch, revenue_account_id, state, renewed_at, started_at)
  values (o_id, o_epoch, revenue, 'open', reach, o_now);
  return revenue;
end $$;

-- Returns leases that nobody can settle under any more. Those of a dead owner leave one record each, with the bound of what was in flight.
create function lease_return(o_id text, o_epoch bigint, o_now bigint, is_dead boolean, most integer) returns integer language plpgsql as $$
declare
  l lease;
  returned integer := 0;
begin
  perform 1 from lease where owner = o_id and epoch = o_epoch and state <> 'returned' order by id limit most for update;
  for l in select * from lease where owner = o_id and epoch = o_epoch and state <> 'returned' order by account_id, id limit most for update loop
    update account set leased = leased - l.amount where id = l.account_id;
    update api_key set leased = leased - l.amount where id = l.key_id;
    if is_dead and l.amount > 0 then
      insert into audit_log (at, actor, action, object, detail)
      select o_now, 'ledger', 'lease.crashed', a.public_id,
        json_build_object('lease', l.id, 'owner', l.owner, 'bound', l.amount::text, 'holds', l.holds, 'held', l.held::text)::text
      from account a where a.id = l.account_id;
    end if;
    update lease set amount = 0, state = 'returned', closed_at = o_now where id = l.id;
    perform pg_notify('farthing_lease', 'returned ' || l.account_id || ' ' || o_id);
    returned := returned + 1;
  end loop;
  if returned < most then
    update lease_owner set state = 'gone' where id = o_id and epoch = o_epoch;
  end if;
  return returned;
end $$;

-- Says that an owner lives, and looks after those that do not. Times in milliseconds. Returns false for one that was taken for dead.
create function lease_renew(
  o_id text, o_epoch bigint, o_now bigint, ttl bigint, grace bigint, outage bigint,
  i_id bigint[], i_holds bigint[], i_held bigint[]
) returns boolean language plpgsql as $$
declare
  reach bigint := lease_tick(outage);
  alive boolean;
  o record;
begin
  update lease_owner set renewed_at = reach where id = o_id and epoch = o_epoch and state = 'open';
  alive := found;
  if alive and cardinality(i_id) > 0 then
    perform 1 from lease where id = any (i_id) order by id for update;
    update lease l set holds = i.holds, held = i.held
    from unnest(i_id, i_holds, i_held) i (id, holds, held)
    where l.id = i.id and l.owner = o_id and l.epoch = o_epoch and l.state = 'open';
  end if;
  -- After an outage everybody has one life's time to come back.
  if exists (select 1 from lease_clock where resumed_at + ttl <= reach) then
    for o in
      update lease_owner set state = 'fenced', fenced_at = reach where state = 'open' and renewed_at + ttl <= reach
      returning id, epoch
    loop
      update lease set state = 'fenced' where owner = o.id and epoch = o.epoch and state = 'open';
    end loop;
  end if;
  for o in select id, epoch from lease_owner where state = 'fenced' and fenced_at + grace <= reach loop
    perform lease_return(o.id, o.epoch, o_now, true, 1000);
  end loop;
  return alive;
end $$;

-- Marks the leases of others that may have slack. Returns how many of them will answer.
create function lease_recall(o_id text, o_account integer) returns integer language plpgsql as $$
declare
  asked integer;
begin
  update lease set recall = 1 where id in (
    select id from lease where account_id = o_account and state = 'open' and owner <> o_id and amount > 0 order by id for update
  );
  get diagnostics asked = row_count;
  if asked > 0 then
    perform pg_notify('farthing_lease', 'recall ' || o_account || ' ' || o_id);
  end if;
  return asked;
end $$;

-- One commit. Lists of the same letter are columns of one list: l leases, w wishes, f refusals, r requests; w_lease and r_lease are
-- places in the list of leases, from 1; r_lease is 0 for a rejection. A row of the answer for each lease, in their order,
-- and one more, whose id is the number of rejections that were left out.
create function ledger_commit(
  o_id text, o_epoch bigint, o_revenue integer, o_now bigint,
  -- The rule of growth (src/ledger/lease.ts).
  threshold bigint, factor bigint, part bigint,
  l_id bigint[], l_epoch bigint[], l_account integer[], l_key integer[], l_posted bigint[], l_returned bigint[], l_slack bigint[],
  l_recalled boolean[],
  w_lease integer[], w_amount bigint[], w_minimum bigint[],
  f_account integer[], f_request text[], f_detail text[],
  r_lease integer[],
  r_period integer[],
  r_id bytea[],
  r_account_id integer[],
  r_key_id integer[],
  r_hold bigint[],
  r_posted bigint[],
  r_absorbed bigint[],
  r_exact bigint[],
  r_multiplier_num bigint[],
  r_multiplier_den bigint[],
  r_price_id integer[],
  r_plan_id text[],
  r_duration_ms integer[],
  r_first_byte_ms integer[],
  r_status smallint[],
  r_stream smallint[],
  r_usage_invalid smallint[],
  r_outcome text[],
  r_source text[],
  r_model text[],
  r_protocol text[],
  r_attempts text[],
  r_input bigint[],
  r_cache_read bigint[],
  r_cache_write_5m bigint[],
  r_cache_write_1h bigint[],
  r_output bigint[],
  r_reasoning bigint[],
  r_image_input bigint[],
  r_image_output bigint[],
  r_audio_input bigint[],
  r_audio_output bigint[],
  r_audio_cache_read bigint[],
  r_image bigint[],
  r_video_second bigint[],
  r_video_token bigint[],
  r_web_search bigint[],
  r_request bigint[]
) returns table (
  id bigint, is_lost boolean, delta bigint, balance bigint, leased bigint, frozen smallint, budget_left bigint, budget_leased bigint
) language plpgsql as $$
#variable_conflict use_column
declare
  live bigint[];
  lost integer[] := '{}';
  deltas bigint[] := array_fill(0::bigint, array[cardinality(l_id)]);
  kept bigint := 0;
  earned bigint;
  i integer;
  n integer;
  a record;
  b record;
  wish record;
  slack bigint;
  room bigint;
  used bigint;
  most bigint;
  change bigint;
  opened bigint;
begin
  -- Whoever wants to know what became of this commit waits for it (I-26).
  perform pg_advisory_xact_lock(hashtextextended(o_id, 0));
  if cardinality(f_account) > 0 then
    update account set frozen = 1 where id = any (f_account);
    insert into audit_log (at, actor, action, object, detail)
    select o_now, 'ledger', 'ledger.row_refused', f.request, f.detail from unnest(f_request, f_detail) f (request, detail);
  end if;

  select array_agg(found.id) into live from (
    select l.id from lease l join unnest(l_id, l_epoch) c (id, epoch) on c.id = l.id and c.epoch = l.epoch
    where l.owner = o_id and l.state <> 'returned' order by l.id for update of l
  ) found;
  if coalesce(cardinality(live), 0) < (select count(*) from unnest(l_id) c (id) where c.id > 0) then
    select array_agg(c.place) into lost from unnest(l_id) with ordinality c (id, place)
    where c.id > 0 and (live is null or c.id <> all (live));
  end if;
  perform 1 from account where id = any (l_account) order by id for no key update;

  insert into request (
    period, id, account_id, key_id, hold, posted, absorbed, exact, multiplier_num, multiplier_den, price_id, plan_id,
    duration_ms, first_byte_ms, status, stream, usage_invalid, outcome, source, model, protocol, attempts, input, cache_read,
    cache_write_5m, cache_write_1h, output, reasoning, image_input, image_output, audio_input, audio_output,
    audio_cache_read, image, video_second, video_token, web_search, request
  )
  select
    r.period, r.id, r.account_id, r.key_id, case when r.lease = any (lost) then 0 else r.hold end,
    case when r.lease = any (lost) then 0 else r.posted end,
    case when r.lease = any (lost) then r.posted + r.absorbed else r.absorbed end, r.exact, r.multiplier_num,
    r.multiplier_den, r.price_id, r.plan_id, r.duration_ms, r.first_byte_ms, r.status, r.stream, r.usage_invalid, r.outcome,
    r.source, r.model, r.protocol, r.attempts, r.input, r.cache_read, r.cache_write_5m, r.cache_write_1h, r.output,
    r.reasoning, r.image_input, r.image_output, r.audio_input, r.audio_output, r.audio_cache_read, r.image, r.video_second,
    r.video_token, r.web_search, r.request
  from unnest(
    r_lease,
    r_period, r_id, r_account_id, r_key_id, r_hold, r_posted, r_absorbed, r_exact, r_multiplier_num, r_multiplier_den,
    r_price_id, r_plan_id, r_duration_ms, r_first_byte_ms, r_status, r_stream, r_usage_invalid, r_outcome, r_source, r_model,
    r_protocol, r_attempts, r_input, r_cache_read, r_cache_write_5m, r_cache_write_1h, r_output, r_reasoning, r_image_input,
    r_image_output, r_audio_input, r_audio_output, r_audio_cache_read, r_image, r_video_second, r_video_token, r_web_search,
    r_request
  ) r (
    lease,
    period, id, account_id, key_id, hold, posted, absorbed, exact, multiplier_num, multiplier_den, price_id, plan_id,
    duration_ms, first_byte_ms, status, stream, usage_invalid, outcome, source, model, protocol, attempts, input, cache_read,
    cache_write_5m, cache_write_1h, output, reasoning, image_input, image_output, audio_input, audio_output,
    audio_cache_read, image, video_second, video_token, web_search, request
  )
  where r.lease > 0 or exists (select 1 from api_key k where k.id = r.key_id and k.account_id = r.account_id);
  get diagnostics kept = row_count;

  if cardinality(l_id) > 0 then
    select coalesce(sum(c.posted), 0) into earned
    from unnest(l_posted) with ordinality c (posted, place) where c.place <> all (lost);
    if earned > 0 then
      insert into transfer (credit_account_id, amount, kind, created_at) values (o_revenue, earned, 'charges', o_now);
      update account set balance = balance + earned where id = o_revenue;
    end if;
    update lease l set amount = l.amount - c.posted - c.returned, recall = case when c.recalled then 0 else l.recall end
    from unnest(l_id, l_posted, l_returned, l_recalled) with ordinality c (id, posted, returned, recalled, place)
    where l.id = c.id and c.place <> all (lost) and (c.posted + c.returned > 0 or c.recalled);
    update api_key k set spent = k.spent + c.posted, leased = k.leased - c.gone
    from (
      select u.key, sum(u.posted) as posted, sum(u.posted + u.returned) as gone
      from unnest(l_key, l_posted, l_returned) with ordinality u (key, posted, returned, place)
      where u.place <> all (lost) and u.key is not null group by 1
    ) c
    where k.id = c.key and c.gone > 0;
    update account a set balance = a.balance - c.posted, leased = a.leased - c.gone
    from (
      select u.account, sum(u.posted) as posted, sum(u.posted + u.returned) as gone
      from unnest(l_account, l_posted, l_returned) with ordinality u (account, posted, returned, place)
      where u.place <> all (lost) group by 1
    ) c
    where a.id = c.account and c.gone > 0;
  end if;

  for i in select distinct w.lease from unnest(w_lease) w (lease) order by 1 loop
    continue when i = any (lost);
    select account.balance, account.leased, account.frozen into a from account where id = l_account[i] and kind = 'customer';
    continue when not found;
    select k.budget - k.spent as rest, k.leased into b from api_key k where k.id = l_key[i] and k.budget is not null for update;
    slack := l_slack[i];
    room := case when a.frozen = 1 then 0 else greatest(least(a.balance - a.leased, coalesce(b.rest - b.leased, a.balance)), 0) end;
    -- One that was fenced meanwhile lends what it has, and grows no more.
    if l_id[i] > 0 and not exists (select 1 from lease l where l.id = l_id[i] and l.state = 'open') then
      room := 0;
    end if;
    used := 0;
    most := slack + room;
    for wish in select w.amount, w.minimum from unnest(w_lease, w_amount, w_minimum) with ordinality w (lease, amount, minimum, place)
      where w.lease = i order by w.place
    loop
      if most - used >= wish.minimum then
        used := used + least(wish.amount, most - used);
      end if;
    end loop;
    if a.frozen = 1 then
      change := -slack;
    elsif l_recalled[i] or least(a.balance, b.rest) < threshold then
      change := used - slack;
    elsif used <= slack then
      change := 0;
    else
      change := least(greatest(used::numeric * factor, room / part, used) - slack, room);
    end if;
    continue when change = 0;
    update account set leased = leased + change
    where id = l_account[i] and (change < 0 or (balance - leased >= change and frozen = 0));
    if not found then
      raise exception 'account % does not cover what it was seen to cover', l_account[i];
    end if;
    update api_key set leased = leased + change where id = l_key[i] and budget is not null;
    if l_id[i] = 0 then
      insert into lease (account_id, key_id, owner, epoch, amount, state, opened_at)
      values (l_account[i], l_key[i], o_id, o_epoch, change, 'open', o_now)
      on conflict (owner, account_id, coalesce(key_id, 0)) where state = 'open' do update set amount = lease.amount + excluded.amount
      returning lease.id into opened;
      l_id[i] := opened;
    else
      update lease set amount = amount + change where id = l_id[i];
    end if;
    deltas[i] := change;
  end loop;

  for i in 1 .. cardinality(l_id) loop
    if l_recalled[i] then
      perform pg_notify('farthing_lease', 'returned ' || l_account[i] || ' ' || o_id);
    end if;
  end loop;
  return query
    select c.id, c.place = any (lost), case when c.place = any (lost) then 0 else c.change - c.returned end,
      coalesce(acc.balance, 0), coalesce(acc.leased, 0), coalesce(acc.frozen, 0::smallint), k.budget - k.spent, case when k.budget is not null then k.leased end
    from unnest(l_id, deltas, l_returned, l_account, l_key) with ordinality c (id, change, returned, account, key, place)
    left join account acc on acc.id = c.account and acc.kind = 'customer'
    left join api_key k on k.id = c.key
    order by c.place;
  return query select cardinality(r_lease) - kept, false, 0::bigint, 0::bigint, 0::bigint, 0::smallint, null::bigint, null::bigint;
end $$;
