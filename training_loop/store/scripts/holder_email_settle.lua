-- Ends a change of an address.
-- KEYS: 1 account hash, 2 sign-in record
-- ARGV: 1 account, 2 'done' or 'lost' for a claim, 'dropped' for an address before, 3 the claim
-- Result: 1
-- Invariant: an account whose claim was lost has no such address; accounts with a change that is
-- not settled are in `wi`.
local found = redis.call('HMGET', KEYS[2], 'entry', 'pending', 'dropping')
if ARGV[2] == 'dropped' then
  if found[3] == ARGV[3] then redis.call('HDEL', KEYS[2], 'dropping') end
else
  if found[2] == ARGV[3] then redis.call('HDEL', KEYS[2], 'pending', 'pending_email') end
  if ARGV[2] == 'lost' and found[1] == ARGV[3] then
    redis.call('HDEL', KEYS[2], 'entry', 'email')
    rewrite_due()
  end
end
found = redis.call('HMGET', KEYS[2], 'pending', 'dropping')
if not found[1] and not found[2] then redis.call('SREM', key('wi'), ARGV[1]) end
return 1
