-- Lends an item for longer.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 item, 3 review epoch, 4 token, 5 lease in ms
-- Result: the new expiry in ms, or 0
-- Invariant: only the holder of an unexpired lease under the consent of now can renew it.
local account, item = ARGV[1], ARGV[2]
if not live() or field('review_epoch') ~= ARGV[3] then return 0 end
local leases = key('t', account, ARGV[3])
local lease = split(redis.call('HGET', leases, item) or '')
local now = now_ms()
if lease[1] ~= ARGV[4] or tonumber(lease[2]) <= now then return 0 end
local expiry = now + tonumber(ARGV[5])
redis.call('HSET', leases, item, ARGV[4] .. ' ' .. whole(expiry) .. ' ' .. lease[3])
return expiry
