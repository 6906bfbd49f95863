-- Ends an erasure whose receipt was issued, and forgets what it erased.
-- KEYS: 1 erasure, 2 open erasures, 3 erasures with something pending, 4 its blobs
-- ARGV: 1 erasure, 2 '1' when something is pending, 3 how long the receipt is kept in s
-- Result: 1, or 0 when it is at another step
-- Invariant: an erasure that has ended names nobody, not even sealed.
if field('step') ~= 'receipt_issued' then return 0 end
local now = now_ms()
redis.call('HSET', KEYS[1], 'step', 'done', 'updated_ms', whole(now))
-- For the published median: how many took how long, in steps of a twentieth of the logarithm.
local took = math.max(1, now - tonumber(field('requested_ms')))
redis.call('HINCRBY', key('ef'), whole(math.floor(math.log(took) * 20)), 1)
redis.call('HDEL', KEYS[1], 'plan')
redis.call('UNLINK', KEYS[4])
redis.call('SREM', KEYS[2], ARGV[1])
if ARGV[2] == '1' then redis.call('SADD', KEYS[3], ARGV[1]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
audit('machine', 'erasure_done', ARGV[1], 'pending=' .. ARGV[2])
rewrite_due()
return 1
