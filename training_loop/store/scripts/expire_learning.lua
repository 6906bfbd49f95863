-- Deletes items of the learning queue that are older than they may become.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 most items, 3 most days an item is kept
-- Result: the blobs of what was deleted, '' for an item without one
-- Invariant: what is deleted can no longer be leased, read or learned from.
local account, epoch, review = ARGV[1], field('learning_epoch'), field('review_epoch')
if not live() or epoch == '' then return {} end
local oldest = now_ms() - tonumber(ARGV[3]) * 86400000
local blobs = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('ix', account, epoch), '-inf',
    '(' .. whole(oldest), 'LIMIT', 0, ARGV[2])) do
  local blob = blob_of(redis.call('HGET', key('i', account, epoch), id) or '|')
  redis.call('HDEL', key('i', account, epoch), id)
  redis.call('ZREM', key('ix', account, epoch), id)
  redis.call('HDEL', key('v', account, epoch), id)
  if review ~= '' then
    redis.call('ZREM', key('r', account, review), id)
    forget_lease(account, redis.call('HGET', key('t', account, review), id))
    redis.call('HDEL', key('t', account, review), id)
    clips.drop(account, review, id)
  end
  if blob ~= '' then condemn(blob) end
  blobs[#blobs + 1] = blob
end
if #blobs > 0 then
  rewrite_due()
  if review ~= '' then offer(account, review) end
  audit('machine', 'retention_expired', pseudonym(KEYS[1]), 'queue=' .. #blobs)
end
return blobs
