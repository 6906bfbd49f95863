-- Takes an item that waits, and opens two tickets for its clip.
-- KEYS: 1 account hash, 2 blob intents
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 blob path or '', 6 sealed clip,
--       7 id of the task, 8 why it was picked, 9 '1' when it may be a hidden check once it is gold
-- Result: 1, or 0 when it does not wait any more or its account does not consent any more
-- Invariant: an item waits, is lent to a machine, is in review, or none of it; never two.
-- Invariant: a clip's blob is referenced only while its announcement holds.
local account, item = ARGV[1], ARGV[2]
local function refuse()
  if ARGV[5] ~= '' then condemn(ARGV[5]) end
  return 0
end
if not live() or field('learning_epoch') ~= ARGV[3] or field('review_epoch') ~= ARGV[4] then
  return refuse()
end
local task = clips.task(account, ARGV[4], item)
if task and task.id == ARGV[7] then return 1 end
local now = now_ms()
if ARGV[5] ~= '' then
  local deadline = redis.call('ZSCORE', KEYS[2], ARGV[5])
  if not deadline or tonumber(deadline) < now then return refuse() end
end
if redis.call('HEXISTS', key('i', account, ARGV[3]), item) == 0 then return refuse() end
if redis.call('ZREM', key('r', account, ARGV[4]), item) == 0 then return refuse() end
offer(account, ARGV[4])
redis.call('HSET', key('k', account, ARGV[4]), item,
  ARGV[5] .. '|' .. whole(now) .. '|' .. ARGV[6])
if ARGV[5] ~= '' then redis.call('ZREM', KEYS[2], ARGV[5]) end
clips.keep(account, ARGV[4], item, {
  id = ARGV[7], stage = 'review', reason = ARGV[8], check = ARGV[9] == '1', seats = {},
})
clips.tally('offered')
local subject = pseudonym(KEYS[1])
audit('machine', 'clip_offered', subject, clip(item, subject))
return 1
