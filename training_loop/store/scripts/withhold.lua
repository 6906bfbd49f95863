-- Takes an item out of those that wait for review, for good.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 item, 3 review epoch
-- Result: 1, or 0 when it did not wait
local account, item = ARGV[1], ARGV[2]
if not live() or field('review_epoch') ~= ARGV[3] then return 0 end
if redis.call('ZREM', key('r', account, ARGV[3]), item) == 0 then return 0 end
offer(account, ARGV[3])
local subject = pseudonym(KEYS[1])
audit('machine', 'clip_withheld', subject, clip(item, subject))
return 1
