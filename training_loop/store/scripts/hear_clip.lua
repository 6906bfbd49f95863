-- Lets a member hear the next part of a clip, and notes it for the account holder.
-- KEYS: 1 account hash, 2 read grants, 3 listens
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 the member's pseudonym, 6 token,
--       7 lease in ms, 8 grant, 9 grant in ms, 10 listen, 11 ms heard so far,
--       12 most listens remembered, 13 '1' for the beginning
-- Result: {state}, for the beginning also clip value and wrapped key; a clip without sound has no
-- listens
-- Invariant: nothing is heard unless the seat is open under the consents of now; a consent that
-- ends later waits for the grant. A listen is noted before anything of it is heard.
local account, item, review = ARGV[1], ARGV[2], ARGV[4]
local state, _, task, seat = clips.standing(account, item, ARGV[3], review, ARGV[6])
if state ~= 'open' then return {state} end
local value = redis.call('HGET', key('k', account, review), item)
if blob_of(value) == '' then return {state, value, ''} end
clips.grant(KEYS[2], ARGV[8], ARGV[9])
seat.ends = now_ms() + tonumber(ARGV[7])
clips.keep(account, review, item, task)
if clips.listened(KEYS[3], ARGV[10], ARGV[5], item, ARGV[11], ARGV[12]) then
  clips.tally('listens')
  local subject = pseudonym(KEYS[1])
  audit(ARGV[5], 'clip_heard', subject, clip(item, subject), ARGV[10])
end
if ARGV[13] ~= '1' then return {state} end
return {state, value, field('learning_key')}
