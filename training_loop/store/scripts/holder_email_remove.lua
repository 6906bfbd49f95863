-- Takes an address away from its account; its entry is released afterwards.
-- KEYS: 1 account hash, 2 sign-in record
-- ARGV: 1 account
-- Result: 'ok', 'none', or 'busy' while another change is not settled
-- Invariant: from here on nobody signs in with it.
local found = redis.call('HMGET', KEYS[2], 'entry', 'pending', 'dropping')
if found[2] or found[3] then return 'busy' end
if not found[1] then return 'none' end
redis.call('HSET', KEYS[2], 'dropping', found[1])
redis.call('HDEL', KEYS[2], 'entry', 'email')
redis.call('SADD', key('wi'), ARGV[1])
rewrite_due()
audit('holder', 'holder_email_removed', pseudonym(KEYS[1]))
return 'ok'
