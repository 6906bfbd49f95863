-- Carries out what became of an item that was reviewed, or of a hidden check.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 SHA-1 of the task as it was read,
--       6 'agreed', 'adjudicated', 'disagreed', 'unusable', 'no_wake_word' or 'judged',
--       7 sealed review or '', 8 how long a hidden check is kept in ms, 9 what it is measured by,
--       sealed, 10 history epoch or '', 11 sealed note for the history or ''
-- Result: {1, blobs...}, or {0} when the task is no longer the one that was read
-- Invariant: each opinion counts once. A review is stored only under the consent of now. After
-- 'no_wake_word' nothing of the item is left but the note.
local account, item, review, outcome = ARGV[1], ARGV[2], ARGV[4], ARGV[6]
if not live() or field('learning_epoch') ~= ARGV[3] or field('review_epoch') ~= review then
  return {0}
end
local task, stored = clips.task(account, review, item)
if not task or redis.sha1hex(stored) ~= ARGV[5] then return {0} end
if outcome == 'judged' then
  for _, seat in pairs(task.seats) do
    if seat.as == 'check' and seat.state == 'final' then seat.state, seat.opinion = 'judged', nil end
  end
  if task.retired or clips.tickets(task) <= 0 then task.ends = now_ms() end
  clips.keep(account, review, item, task)
  rewrite_due()
  return {1}
end
if outcome ~= 'no_wake_word' then clips.tally(outcome) end
local subject = pseudonym(KEYS[1])
audit('machine', 'clip_settled', subject, clip(item, subject) .. ',outcome=' .. outcome)
if outcome == 'no_wake_word' then
  return {1, unpack(clips.delete_unmeant(account, ARGV[3], review, item, ARGV[10], ARGV[11]))}
end
if outcome == 'disagreed' then
  task.stage = 'adjudication'
  clips.keep(account, review, item, task)
  return {1}
end
if ARGV[7] ~= '' then redis.call('HSET', key('v', account, ARGV[3]), item, ARGV[7]) end
if task.check and ARGV[7] ~= '' then
  for _, seat in pairs(task.seats) do seat.opinion = nil end
  task.stage, task.ends, task.truth = 'check', now_ms() + tonumber(ARGV[8]), ARGV[9]
  clips.keep(account, review, item, task)
  rewrite_due()
else
  clips.close(account, review, item, task)
end
return {1}
