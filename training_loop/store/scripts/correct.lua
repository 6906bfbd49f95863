-- Replaces the records of an utterance by corrected ones, and asks for its review again.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 utterance id, 3 history epoch or '', 4 history value as read, 5 corrected one,
--       6 learning epoch or '', 7 learning value as read, 8 corrected one
-- Result: '1' or '0' for the history and for the queue each, for example '10'; 'stale' when a
--         record is no longer the one that was read, also because it was deleted
-- Invariant: a correction brings nothing into the queue that is not in it under the consent of now,
-- nor while learning is paused; a lease of the item is lost, and so is a review of what was heard, or its clip.
local account, id = ARGV[1], ARGV[2]
if not live() then return 'stale' end
local function same(purpose, items, epoch, value)
  return epoch == '' or (field(purpose .. '_epoch') == epoch
    and redis.call('HGET', key(items, account, epoch), id) == value)
end
if not same('history', 'h', ARGV[3], ARGV[4]) or not same('learning', 'i', ARGV[6], ARGV[7]) then
  return 'stale'
end
local kept, fed = '0', '0'
if ARGV[3] ~= '' then
  redis.call('HSET', key('h', account, ARGV[3]), id, ARGV[5])
  kept = '1'
end
if ARGV[6] ~= '' and not paused() then
  redis.call('HSET', key('i', account, ARGV[6]), id, ARGV[8])
  local review = field('review_epoch')
  local reviewed = redis.call('HDEL', key('v', account, ARGV[6]), id) == 1
  if review ~= '' then
    local ready, leases = key('r', account, review), key('t', account, review)
    local leased = redis.call('HGET', leases, id)
    if leased then
      forget_lease(account, leased)
      redis.call('HDEL', leases, id)
    end
    local in_review = redis.call('HEXISTS', key('k', account, review), id) == 1
    clips.drop(account, review, id)
    if leased or reviewed or in_review or redis.call('ZSCORE', ready, id) then
      redis.call('ZADD', ready, 0, id)
      offer(account, review)
    end
  end
  fed = '1'
end
local subject = pseudonym(KEYS[1])
audit('holder', 'utterance_corrected', subject, clip(id, subject))
return kept .. fed
