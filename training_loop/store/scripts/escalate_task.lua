-- Takes a clip out of review and opens a case for the safety officers.
-- KEYS: 1 account hash, 2 request result, 3 blob intents
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 the member's pseudonym, 6 token,
--       7 case, 8 its blob or '', 9 how soon it is due in ms, 10 result's life in s
-- Result: {'done', reference of the case}, or {state} when the task was not open
-- Invariant: from here on no reviewer is lent the clip, and nothing is learned from it.
local earlier = live() and redis.call('GET', KEYS[2])
local function refuse(answer)
  if ARGV[8] ~= '' then condemn(ARGV[8]) end
  return answer
end
if earlier then return refuse({'done', earlier}) end
local account, item, review = ARGV[1], ARGV[2], ARGV[4]
local state = clips.standing(account, item, ARGV[3], review, ARGV[6])
if state ~= 'open' then return refuse({state}) end
local now = now_ms()
if ARGV[8] ~= '' then
  local deadline = redis.call('ZSCORE', KEYS[3], ARGV[8])
  if not deadline or tonumber(deadline) < now then return refuse({'expired'}) end
end
local case = cjson.decode(ARGV[7])
case.reported, case.due = now, now + tonumber(ARGV[9])
clips.drop(account, review, item)
redis.call('HDEL', key('v', account, ARGV[3]), item)
redis.call('HSET', key('kh', account, review), item,
  ARGV[8] .. '|' .. whole(now) .. '|' .. cjson.encode(case))
redis.call('HSET', key('kf'), case.case, account .. ' ' .. item)
if ARGV[8] ~= '' then redis.call('ZREM', KEYS[3], ARGV[8]) end
clips.tally('escalated')
rewrite_due()
redis.call('SET', KEYS[2], case.case, 'EX', ARGV[10])
local subject = pseudonym(KEYS[1])
audit(ARGV[5], 'clip_reported', subject,
  clip(item, subject) .. ',report=' .. case.report .. ',case=' .. case.case)
return {'done', case.case}
