#!lua name=farthing_limits_v1
-- Limits of all processes together, as functions of Redis (>= 7): what window.ts and scopes.ts do in one process. One call decides one
-- request. A change of this file gets the next number in its name and its functions' names: processes of both versions may run at once.
--
-- meta (a hash): epoch (whose counters these are), wall and clock (see tick), ready (counters are complete from then on), and one
-- field n:<node> per process, the time until which it is believed to live.
-- A scope (a hash): s (the second up to which it is advanced), r and t (requests and tokens counted now), lr and lt (the second of the
-- last addition), r0..r60 and t0..t60 (by second modulo 61). Its key with ":c" holds the requests in flight by node.

local SECONDS = 61
-- The longest time that is believed to have passed between two calls: processes call every second.
local LONGEST_STEP_MS = 5000
local FIRST_MS = 1000000000
-- How long counters that begin anew wait for all processes to tell what they had admitted.
local WARM_MS = 2000
-- After this silence a process is dead, and what it had in flight with it.
local LEASE_MS = 10000
-- A jump of the clock that expires scopes expires meta too, which is noticed.
local META_TTL_S = 300
-- Longer than a reply may take.
local SCOPE_TTL_S = 3600

local REQUESTS, TOKENS, CONCURRENCY = 1, 2, 3

local function wall()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- A clock that neither goes back nor jumps, whatever becomes of the machine's (I-82).
local function tick(meta, seen_wall, seen_clock)
  local at = wall()
  local step = math.min(math.max(at - tonumber(seen_wall), 0), LONGEST_STEP_MS)
  local now = tonumber(seen_clock) + step
  redis.call('HSET', meta, 'wall', at, 'clock', now)
  redis.call('EXPIRE', meta, META_TTL_S)
  return now
end

-- The time, or nil when the caller has to join (again) first.
local function enter(meta, epoch, node)
  local seen = redis.call('HMGET', meta, 'epoch', 'wall', 'clock', 'ready', 'n:' .. node)
  if seen[1] ~= epoch or not seen[5] then return nil end
  local now = tick(meta, seen[2], seen[3])
  if tonumber(seen[5]) <= now or tonumber(seen[4]) > now then return nil end
  return now
end

-- A scope with what has left its window taken off. Changes of its figures are kept in the table until save().
local function open(key, second)
  local slot = second % SECONDS
  local seen = redis.call('HMGET', key, 's', 'r', 't', 'lr', 'lt', 'r' .. slot, 't' .. slot)
  local last = tonumber(seen[1] or second)
  local scope = {
    key = key, slot = slot, renewed = not seen[1] or last < second,
    r = tonumber(seen[2] or 0), t = tonumber(seen[3] or 0),
    lr = tonumber(seen[4] or 0), lt = tonumber(seen[5] or 0),
    slot_r = tonumber(seen[6] or 0), slot_t = tonumber(seen[7] or 0),
  }
  if second <= last then return scope end
  scope.slot_r, scope.slot_t = 0, 0
  if second - last >= SECONDS then
    redis.call('DEL', key)
    scope.r, scope.t = 0, 0
    return scope
  end
  local fields = {}
  for passed = last + 1, second do
    fields[#fields + 1] = 'r' .. passed % SECONDS
    fields[#fields + 1] = 't' .. passed % SECONDS
  end
  local gone = redis.call('HMGET', key, unpack(fields))
  for i = 1, #gone, 2 do
    scope.r = scope.r - tonumber(gone[i] or 0)
    scope.t = scope.t - tonumber(gone[i + 1] or 0)
  end
  redis.call('HDEL', key, unpack(fields))
  redis.call('HSET', key, 's', second, 'r', scope.r, 't', scope.t)
  return scope
end

local function count(scope, kind, amount, second)
  scope[kind] = scope[kind] + amount
  scope['slot_' .. kind] = scope['slot_' .. kind] + amount
  scope['l' .. kind] = second
end

-- Takes tokens off where they were counted, if they still are.
local function give_back(scope, amount, at, second)
  if at <= second - SECONDS or at > second then return end
  if at == second then
    local less = math.min(scope.slot_t, amount)
    scope.t, scope.slot_t = scope.t - less, scope.slot_t - less
    return
  end
  local field = 't' .. at % SECONDS
  local less = math.min(tonumber(redis.call('HGET', scope.key, field) or 0), amount)
  if less <= 0 then return end
  scope.t = scope.t - less
  redis.call('HINCRBY', scope.key, field, -less)
end

local function save(scope, second)
  redis.call('HSET', scope.key, 's', second, 'r', scope.r, 't', scope.t, 'lr', scope.lr, 'lt', scope.lt,
    'r' .. scope.slot, scope.slot_r, 't' .. scope.slot, scope.slot_t)
  if scope.renewed then redis.call('EXPIRE', scope.key, SCOPE_TTL_S) end
end

-- Whole seconds until at least `excess` has left.
local function wait_for(scope, kind, excess, second)
  local fields = {}
  for age = SECONDS - 1, 0, -1 do fields[#fields + 1] = kind .. (second - age) % SECONDS end
  local amounts = redis.call('HMGET', scope.key, unpack(fields))
  for i = 1, SECONDS do
    excess = excess - tonumber(amounts[i] or 0)
    if excess <= 0 then return math.max(1, i) end
  end
  return SECONDS
end

local function reset(scope, kind, second)
  if scope[kind] == 0 then return 0 end
  return math.max(0, scope['l' .. kind] + SECONDS - second)
end

-- Requests in flight at processes that live; what dead ones left is removed.
local function in_flight(meta, key, now)
  local counts = redis.call('HGETALL', key)
  if #counts == 0 then return 0 end
  local fields = {}
  for i = 1, #counts, 2 do fields[#fields + 1] = 'n:' .. counts[i] end
  local leases = redis.call('HMGET', meta, unpack(fields))
  local sum = 0
  for i = 1, #leases do
    if leases[i] and tonumber(leases[i]) > now then sum = sum + tonumber(counts[2 * i])
    else redis.call('HDEL', key, counts[2 * i - 1]) end
  end
  return sum
end

local function change_flight(scope, node, by)
  local key = scope.key .. ':c'
  local left = redis.call('HINCRBY', key, node, by)
  if left <= 0 then redis.call('HDEL', key, node)
  elseif left == by or scope.renewed then redis.call('EXPIRE', key, SCOPE_TTL_S) end
end

-- Every reply about scopes ends with these four figures for each.
local function with_counts(reply, scopes, second)
  for _, scope in ipairs(scopes) do
    reply[#reply + 1] = scope.r
    reply[#reply + 1] = scope.t
    reply[#reply + 1] = reset(scope, 'r', second)
    reply[#reply + 1] = reset(scope, 't', second)
  end
  return reply
end

-- KEYS: meta, scopes. ARGV: epoch, node, tokens, and rpm, tpm, concurrency of each scope (0: no limit).
-- {1, second, counts…} when admitted; {0, kind, number of the scope from 0, seconds to wait, counts…} when not, and nothing was
-- counted; {-1} when the node has to join first.
local function admit(keys, args)
  local meta, node, tokens = keys[1], args[2], tonumber(args[3])
  local now = enter(meta, args[1], node)
  if not now then return { -1 } end
  local second = math.floor(now / 1000)
  local scopes, longest = {}, nil
  local function refuse(kind, index, seconds)
    if longest == nil or seconds > longest[4] then longest = { 0, kind, index, seconds } end
  end
  for i = 2, #keys do
    local at = 4 + (i - 2) * 3
    local rpm, tpm, concurrency = tonumber(args[at]), tonumber(args[at + 1]), tonumber(args[at + 2])
    local scope = open(keys[i], second)
    scope.limits_requests = rpm > 0
    scope.limits_tokens = tpm > 0
    scope.limits_flight = concurrency > 0
    scopes[#scopes + 1] = scope
    if rpm > 0 and scope.r + 1 > rpm then
      refuse(REQUESTS, i - 2, wait_for(scope, 'r', scope.r + 1 - rpm, second))
    end
    if tpm > 0 and scope.t + tokens > tpm then
      refuse(TOKENS, i - 2, wait_for(scope, 't', scope.t + tokens - tpm, second))
    end
    if concurrency > 0 and in_flight(meta, keys[i] .. ':c', now) >= concurrency then refuse(CONCURRENCY, i - 2, 1) end
  end
  if longest then return with_counts(longest, scopes, second) end
  for _, scope in ipairs(scopes) do
    if scope.limits_requests then count(scope, 'r', 1, second) end
    if scope.limits_tokens then count(scope, 't', tokens, second) end
    save(scope, second)
    if scope.limits_flight then change_flight(scope, node, 1) end
  end
  return with_counts({ 1, second }, scopes, second)
end

-- KEYS: meta, scopes. ARGV: epoch, node, and for each scope requests to count, tokens to count (now) or to give back (below 0, where
-- they were counted), that second, and the change of requests in flight. 1, or -1 when the node has to join first.
local function note(keys, args)
  local seen = redis.call('HMGET', keys[1], 'epoch', 'wall', 'clock', 'n:' .. args[2])
  if seen[1] ~= args[1] or not seen[4] then return -1 end
  local second = math.floor(tick(keys[1], seen[2], seen[3]) / 1000)
  for i = 2, #keys do
    local at = 3 + (i - 2) * 4
    local requests, tokens, counted_at, flight = tonumber(args[at]), tonumber(args[at + 1]), tonumber(args[at + 2]), tonumber(args[at + 3])
    local scope = open(keys[i], second)
    if requests > 0 then count(scope, 'r', requests, second) end
    if tokens > 0 then count(scope, 't', tokens, second) end
    if tokens < 0 then give_back(scope, -tokens, counted_at, second) end
    if requests ~= 0 or tokens ~= 0 then save(scope, second) end
    if flight ~= 0 then change_flight(scope, args[2], flight) end
  end
  return 1
end

-- Living nodes: how many, and the place of one among them from 0. Dead ones are removed.
local function roll_call(meta, node, now)
  local fields = redis.call('HGETALL', meta)
  local nodes, rank = 0, 0
  for i = 1, #fields, 2 do
    local name = string.match(fields[i], '^n:(.*)$')
    if name then
      if tonumber(fields[i + 1]) <= now then redis.call('HDEL', meta, fields[i])
      else
        nodes = nodes + 1
        if name < node then rank = rank + 1 end
      end
    end
  end
  return nodes, rank
end

-- KEYS: meta. ARGV: a name for the epoch if it begins now, node, the node's former name, 1 if it has admitted requests before.
-- {epoch, milliseconds until counters are complete, nodes, rank}
local function join(keys, args)
  local meta = keys[1]
  local seen = redis.call('HMGET', meta, 'epoch', 'wall', 'clock', 'ready')
  local epoch, now, ready = seen[1], nil, nil
  if epoch then
    now = tick(meta, seen[2], seen[3])
    ready = tonumber(seen[4])
  else
    epoch, now = args[1], FIRST_MS
    ready = args[4] == '1' and now + WARM_MS or now
    redis.call('HSET', meta, 'epoch', epoch, 'wall', wall(), 'clock', now, 'ready', ready)
    redis.call('EXPIRE', meta, META_TTL_S)
  end
  if args[3] ~= args[2] then redis.call('HDEL', meta, 'n:' .. args[3]) end
  redis.call('HSET', meta, 'n:' .. args[2], now + LEASE_MS)
  local nodes, rank = roll_call(meta, args[2], now)
  return { epoch, math.max(0, ready - now), nodes, rank }
end

-- KEYS: meta. ARGV: epoch, node. {nodes, rank}, or {-1} when the node has to join first.
local function beat(keys, args)
  local now = enter(keys[1], args[1], args[2])
  if not now then return { -1 } end
  redis.call('HSET', keys[1], 'n:' .. args[2], now + LEASE_MS)
  local nodes, rank = roll_call(keys[1], args[2], now)
  return { nodes, rank }
end

-- KEYS: meta. ARGV: node. The node leaves in good order.
local function leave(keys, args)
  return redis.call('HDEL', keys[1], 'n:' .. args[1])
end

redis.register_function('farthing_admit_v1', admit)
redis.register_function('farthing_note_v1', note)
redis.register_function('farthing_join_v1', join)
redis.register_function('farthing_beat_v1', beat)
redis.register_function('farthing_leave_v1', leave)
