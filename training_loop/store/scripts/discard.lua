-- Deletes a leased item from the queue, unreviewed.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 token,
--       6 the worker's pseudonym
-- Result: {1, blob path or ''}, or {0, ''} without the lease
-- Invariant: afterwards nobody can lease, read or learn from the item; its blob is condemned.
local account, item = ARGV[1], ARGV[2]
if not live() or field('learning_epoch') ~= ARGV[3] or field('review_epoch') ~= ARGV[4] then
  return {0, ''}
end
local leases = key('t', account, ARGV[4])
local lease = split(redis.call('HGET', leases, item) or '')
if lease[1] ~= ARGV[5] or tonumber(lease[2]) <= now_ms() then return {0, ''} end
local items = key('i', account, ARGV[3])
local blob = blob_of(redis.call('HGET', items, item) or '|') or ''
redis.call('HDEL', leases, item)
forget_lease(account, ARGV[5])
offer(account, ARGV[4])
redis.call('HDEL', items, item)
redis.call('ZREM', key('ix', account, ARGV[3]), item)
if blob ~= '' then condemn(blob) end
rewrite_due()
local subject = pseudonym(KEYS[1])
audit(ARGV[6], 'clip_discarded', subject, clip(item, subject))
return {1, blob}
