-- Replaces one list of an account.
-- KEYS  1 the account (hash), 2 its lists (hash: list name -> sealed items)
-- ARGV  1 list name, 2 the sealed items as they were read ('' for none), 3 the sealed items
--       ('' removes the list)
-- RETURNS "put", "account_gone", or "conflict" when the list changed since it was read
-- INVARIANT  No change of another device is lost; an account that is not live gets no list.
--            Repeating the very same call is harmless.
if redis.call('HGET', KEYS[1], 'state') ~= 'live' then
  return 'account_gone'
end
local current = redis.call('HGET', KEYS[2], ARGV[1]) or ''
if current == ARGV[3] then
  return 'put'
end
if current ~= ARGV[2] then
  return 'conflict'
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
end
return 'put'
