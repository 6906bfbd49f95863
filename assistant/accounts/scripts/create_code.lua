-- Makes a pairing code known.
-- KEYS  1 pairing codes of the shard (hash: digest -> account|expiry in ms)
--       2 the account (hash; its `state` is `live` until its deletion begins)
-- ARGV  1 digest of the code, 2 account, 3 validity in ms,
--       4 most codes of one account, 5 most codes of one shard
-- RETURNS "created", "account_gone", "account_full" or "shard_full"
-- INVARIANT  No code outlives its validity; an account that is gone gets none. Repeating is harmless.
if redis.call('HGET', KEYS[2], 'state') ~= 'live' then
  return 'account_gone'
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  return 'created'
end

local of_account, of_shard = 0, 0
local entries = redis.call('HGETALL', KEYS[1])
for i = 1, #entries, 2 do
  local account, expiry = string.match(entries[i + 1], '^(.*)|(%d+)$')
  if tonumber(expiry) <= now then
    redis.call('HDEL', KEYS[1], entries[i])
  else
    of_shard = of_shard + 1
    if account == ARGV[2] then
      of_account = of_account + 1
    end
  end
end
if of_account >= tonumber(ARGV[4]) then
  return 'account_full'
end
if of_shard >= tonumber(ARGV[5]) then
  return 'shard_full'
end

redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. '|' .. string.format('%.0f', now + ARGV[3]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 'created'
