-- Takes a member's opinion of a clip, or that it is skipped; either can be undone for a time.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 the member's pseudonym, 6 token,
--       7 'submitted' or 'skipping', 8 undo time in ms, 9 digest of the request, 10 sealed opinion
-- Result: {'done', ms left to undo}, or {state, ms left} when it was not open
-- Invariant: one opinion a seat, by the holder of an unexpired lease, under the consent of now;
-- the same request again changes nothing.
local account, item = ARGV[1], ARGV[2]
local state, left, task, seat = clips.standing(account, item, ARGV[3], ARGV[4], ARGV[6])
if seat and seat.state ~= 'leased' and seat.request == ARGV[9] then return {'done', whole(left)} end
if state ~= 'open' then return {state, whole(left)} end
seat.state, seat.request = ARGV[7], ARGV[9]
seat.ends = now_ms() + tonumber(ARGV[8])
if ARGV[7] == 'submitted' then seat.opinion = ARGV[10] end
clips.keep(account, ARGV[4], item, task)
local subject = pseudonym(KEYS[1])
local action = seat.as == 'adjudication' and 'clip_adjudicated' or 'clip_reviewed'
if ARGV[7] == 'skipping' then action = 'clip_skipped' end
audit(ARGV[5], action, subject, clip(item, subject))
return {'done', ARGV[8]}
