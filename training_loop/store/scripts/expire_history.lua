-- Deletes history records that are older than the account's retention time.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 most records
-- Result: the blobs of what was deleted, '' for a record without one
local account, epoch = ARGV[1], field('history_epoch')
if not live() or epoch == '' then return {} end
local oldest = now_ms() - tonumber(field('retention_days')) * 86400000
local blobs = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('hx', account, epoch), '-inf',
    '(' .. whole(oldest), 'LIMIT', 0, ARGV[2])) do
  local blob = blob_of(redis.call('HGET', key('h', account, epoch), id) or '|')
  redis.call('HDEL', key('h', account, epoch), id)
  redis.call('ZREM', key('hx', account, epoch), id)
  if blob ~= '' then condemn(blob) end
  blobs[#blobs + 1] = blob
end
if #blobs > 0 then
  rewrite_due()
  audit('machine', 'retention_expired', pseudonym(KEYS[1]), 'history=' .. #blobs)
end
return blobs
