-- Puts aside what the auditor found: out of reach of reads, leases, trainers and history.
-- KEYS: 1 account hash, 2 where it is, 3 its counterpart, 4... further keys that may name it
-- ARGV: 1 account, 2 why, as a word, 3 how many facts, then for each a field of the account hash
--       and its value; then for each item: its name, what stands at 2 and what at 3 ('*' anything, '' nothing,
--       '?' either, else the SHA-1 of a hash's value or a sorted set's score); none: all of 2
-- Result: how many were put aside; -1 when a fact has changed since the auditor looked
-- Invariant: nothing is put aside unless all that it was judged by still stands.
local account, at = ARGV[1], 4
for _ = 1, tonumber(ARGV[3]) do
  if field(ARGV[at]) ~= ARGV[at + 1] then return -1 end
  at = at + 2
end
local index, moment = key('z', account), whole(now_ms())
local kinds = {}
for n = 2, #KEYS do kinds[n] = redis.call('TYPE', KEYS[n]).ok end

local function aside(name)
  local twin = table.concat({'z', account, moment, string.sub(name, #tag + 2)}, ':')
  redis.call('HSET', index, twin, moment)
  return tag .. ':' .. twin
end

local function standing(n, member)
  if kinds[n] == 'hash' then
    local value = redis.call('HGET', KEYS[n], member)
    return value and redis.sha1hex(value) or ''
  elseif kinds[n] == 'zset' then
    local score = redis.call('ZSCORE', KEYS[n], member)
    return score and string.format('%.17g', tonumber(score)) or ''
  elseif kinds[n] == 'set' then
    return redis.call('SISMEMBER', KEYS[n], member) == 1 and '1' or ''
  end
  return ''
end

local function stands(n, member, expected)
  if expected == '?' then return true end
  local found = standing(n, member)
  return expected == found or (expected == '*' and found ~= '')
end

local function take(n, member)
  if standing(n, member) == '' then return end
  local twin = aside(KEYS[n])
  if kinds[n] == 'hash' then
    redis.call('HSET', twin, member, redis.call('HGET', KEYS[n], member))
    redis.call('HDEL', KEYS[n], member)
  elseif kinds[n] == 'zset' then
    redis.call('ZADD', twin, redis.call('ZSCORE', KEYS[n], member), member)
    redis.call('ZREM', KEYS[n], member)
  else
    redis.call('SADD', twin, member)
    redis.call('SREM', KEYS[n], member)
  end
end

local moved = 0
if at > #ARGV then
  if kinds[2] == 'none' then return 0 end
  local sizes = {hash = 'HLEN', zset = 'ZCARD', set = 'SCARD', list = 'LLEN'}
  moved = sizes[kinds[2]] and redis.call(sizes[kinds[2]], KEYS[2]) or 1
  redis.call('RENAME', KEYS[2], aside(KEYS[2]))
end
while at <= #ARGV do
  local member = ARGV[at]
  if stands(2, member, ARGV[at + 1]) and stands(3, member, ARGV[at + 2]) then
    for n = 2, #KEYS do take(n, member) end
    moved = moved + 1
  end
  at = at + 3
end
if moved > 0 then
  audit('auditor', 'mismatch_set_aside', pseudonym(KEYS[1]), table.concat({'reason=' .. ARGV[2],
    'kind=' .. string.match(KEYS[2], '^[^:]*:([^:]*)'), 'items=' .. moved}, ','))
end
if moved > 0 and live() then
  local review = field('review_epoch')
  if review == '' then
    redis.call('ZREM', key('q'), account)
  else
    offer(account, review)
    clips.offer(account, review)
  end
end
return moved
