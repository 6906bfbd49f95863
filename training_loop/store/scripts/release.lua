-- Gives a leased item back unreviewed.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 item, 3 review epoch, 4 token, 5 the worker's pseudonym
-- Result: 1 when it was given back, else 0
-- Invariant: giving back twice, or after the lease ran out, changes nothing.
local account, item = ARGV[1], ARGV[2]
if not live() or field('review_epoch') ~= ARGV[3] then return 0 end
local leases = key('t', account, ARGV[3])
local lease = split(redis.call('HGET', leases, item) or '')
if lease[1] ~= ARGV[4] then return 0 end
redis.call('HDEL', leases, item)
forget_lease(account, ARGV[4])
redis.call('ZADD', key('r', account, ARGV[3]), lease[3], item)
offer(account, ARGV[3])
local subject = pseudonym(KEYS[1])
audit(ARGV[5], 'clip_released', subject, clip(item, subject))
return 1
