-- Stores the review of a leased item.
-- KEYS: 1 account hash, 2 request result
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 token, 6 sealed review,
--       7 result's life in s, 8 the worker's pseudonym
-- Result: 1 when stored (now or by an earlier run of the same request), else 0
-- Invariant: one review an item, by the holder of an unexpired lease, under the consent of now.
local account, item = ARGV[1], ARGV[2]
if not live() or field('learning_epoch') ~= ARGV[3] or field('review_epoch') ~= ARGV[4] then
  return 0
end
if redis.call('GET', KEYS[2]) then return 1 end
local leases = key('t', account, ARGV[4])
local lease = split(redis.call('HGET', leases, item) or '')
if lease[1] ~= ARGV[5] or tonumber(lease[2]) <= now_ms() then return 0 end
if redis.call('HEXISTS', key('i', account, ARGV[3]), item) == 0 then return 0 end
redis.call('HDEL', leases, item)
forget_lease(account, ARGV[5])
offer(account, ARGV[4])
redis.call('HSET', key('v', account, ARGV[3]), item, ARGV[6])
redis.call('SET', KEYS[2], '1', 'EX', ARGV[7])
local subject = pseudonym(KEYS[1])
audit(ARGV[8], 'clip_reviewed', subject, clip(item, subject))
return 1
