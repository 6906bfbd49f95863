-- Deletes utterances everywhere, by their ids.
-- KEYS: 1 account hash, 2 read grants, 3 erasure, 4 the erasure's blobs
-- ARGV: 1 account, 2 'ids' or 'listed', 3 tombstone's life in s, then the ids
-- Result: {the read grants that were open...}
-- Invariant: what is deleted cannot arrive afterwards: an id has a tombstone, or, for those that
-- are only 'listed', the account's generation was raised before they were looked up. The erasure
-- counts what was removed with the removal. An account that is being deleted is left to that.
local account = ARGV[1]
if not live() then return {} end
local history, learning = field('history_epoch'), field('learning_epoch')
local review = field('review_epoch')
local counts = {0, 0}

local function remove(at, items, index, epoch, id)
  if epoch == '' then return end
  local value = redis.call('HGET', key(items, account, epoch), id)
  if not value then return end
  redis.call('HDEL', key(items, account, epoch), id)
  redis.call('ZREM', key(index, account, epoch), id)
  counts[at] = counts[at] + 1
  local blob = blob_of(value)
  if blob ~= '' then
    condemn(blob)
    redis.call('SADD', KEYS[4], blob)
  end
end

drop_quarantine(account, now_ms(), KEYS[4])
local gone = {}
for at = 4, #ARGV do
  local id = ARGV[at]
  gone[id] = true
  if ARGV[2] == 'ids' then
    redis.call('SET', key('x', account, 'u', redis.sha1hex(id)), '00deleted', 'EX', ARGV[3])
  end
  remove(1, 'h', 'hx', history, id)
  remove(2, 'i', 'ix', learning, id)
  if learning ~= '' then redis.call('HDEL', key('v', account, learning), id) end
  if review ~= '' then
    redis.call('ZREM', key('r', account, review), id)
    local leases = key('t', account, review)
    forget_lease(account, redis.call('HGET', leases, id))
    redis.call('HDEL', leases, id)
    clips.drop(account, review, id, KEYS[4])
  end
end
redis.call('HINCRBY', KEYS[3], 'history_records', counts[1])
redis.call('HINCRBY', KEYS[3], 'queue_items', counts[2])
rewrite_due()
if counts[1] + counts[2] > 0 then
  audit('holder', 'utterances_deleted', pseudonym(KEYS[1]),
    'history=' .. counts[1] .. ',queue=' .. counts[2])
end
if review ~= '' then offer(account, review) end
clips.unname(key('w', account), gone)
if learning ~= '' then clips.also_condemned(field('learning_container'), KEYS[4]) end
return redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. whole(now_ms()), '+inf')
