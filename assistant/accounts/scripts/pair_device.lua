-- Uses up a pairing code and adds the device.
-- KEYS  1 pairing codes of the shard (hash: digest -> account|expiry in ms)
--       2 the account (hash; its `state` is `live` until its deletion begins)
--       3 devices of the account (hash: device -> credential digest|created in ms|sealed name)
-- ARGV  1 digest of the code, 2 account, 3 device, 4 credential digest, 5 sealed name,
--       6 most devices of an account
-- RETURNS "paired", "unknown", "account_gone" or "full"
-- INVARIANT  A code adds one device at most; an account that is gone gets none. Repeating the very
--            same call is harmless.
local existing = redis.call('HGET', KEYS[3], ARGV[3])
if existing then
  if string.sub(existing, 1, #ARGV[4]) == ARGV[4] then
    return 'paired'
  end
  return 'unknown'
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if not entry then
  return 'unknown'
end
local account, expiry = string.match(entry, '^(.*)|(%d+)$')
if account ~= ARGV[2] or tonumber(expiry) <= now then
  return 'unknown'
end
if redis.call('HGET', KEYS[2], 'state') ~= 'live' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  return 'account_gone'
end
if redis.call('HLEN', KEYS[3]) >= tonumber(ARGV[6]) then
  return 'full'
end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[3], ARGV[4] .. '|' .. string.format('%.0f', now) .. '|' .. ARGV[5])
audit('holder', 'device_paired', pseudonym(KEYS[2]))
return 'paired'
