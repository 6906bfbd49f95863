-- Adds or changes one timer, alarm or reminder.
-- KEYS  1 the account (hash)
--       2 its agenda (hash: entry id -> sealed entry)
--       3 what is due on the entry's device (sorted set: entry id by Unix time)
-- ARGV  1 entry id, 2 the sealed entry as it was read ('' for a new one), 3 the sealed entry,
--       4 Unix time when it is due ('' while it is paused), 5 most entries of an account
-- RETURNS "put", "account_gone", "full", or "conflict" when the entry changed since it was read
-- INVARIANT  An entry stands in 3 exactly when it is in 2 and not paused; an account that is not
--            live gets none. Repeating the very same call is harmless.
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
if current == '' and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[5]) then
  return 'full'
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[3], ARGV[1])
else
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
end
return 'put'
