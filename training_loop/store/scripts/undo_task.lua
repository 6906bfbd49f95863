-- Takes an opinion or a skip back: the clip is open again for who had it.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 the member's pseudonym, 6 token,
--       7 lease in ms, 8 grant, 9 grant in ms
-- Result: {'open', ms left, clip value, wrapped key, task}, or {state, ms left}
-- Invariant: only within the undo time, by the store's clock; undoing twice changes nothing.
local account, item, review = ARGV[1], ARGV[2], ARGV[4]
local state, left, task, seat = clips.standing(account, item, ARGV[3], review, ARGV[6])
if state == 'undoable' then
  seat.state, seat.opinion, seat.request = 'leased', nil, nil
  seat.ends = now_ms() + tonumber(ARGV[7])
  clips.keep(account, review, item, task)
  rewrite_due()
  local subject = pseudonym(KEYS[1])
  audit(ARGV[5], 'clip_undone', subject, clip(item, subject))
  state, left = 'open', tonumber(ARGV[7])
end
if state ~= 'open' then return {state, whole(left)} end
clips.grant(KEYS[2], ARGV[8], ARGV[9])
return {state, whole(left), redis.call('HGET', key('k', account, review), item),
  field('learning_key'), redis.call('HGET', key('kt', account, review), item)}
