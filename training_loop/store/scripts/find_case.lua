-- Whose a case is.
-- KEYS: 1 cases' accounts
-- ARGV: 1 reference
-- Result: {account, item, learning epoch, review epoch}; {case} when it was closed lately; or nothing
local closed = redis.call('GET', key('kx', ARGV[1]))
if closed then return {closed} end
local owner = redis.call('HGET', KEYS[1], ARGV[1])
if not owner then return {} end
local of = split(owner)
local epochs = redis.call('HMGET', key('a', of[1]), 'learning_epoch', 'review_epoch')
if not epochs[1] or not epochs[2] then return {} end
return {of[1], of[2], epochs[1], epochs[2]}
