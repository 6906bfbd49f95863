-- Lends a clip of an account to a member who has not seen it; opens a read grant.
-- KEYS: 1 account hash, 2 read grants, 3 request result
-- ARGV: 1 account, 2 stage, 3 the member's pseudonym, 4 the member, 5 token, 6 lease in ms,
--       7 grant, 8 grant in ms, 9 a random number, 10 result's life in s
-- Result: {item, learning epoch, review epoch, ms left, clip value, wrapped key, task}, or nothing
-- Invariant: a stage has no more seats than it wants; nobody is lent a clip twice; only while the
-- account lets people listen.
local account, stage, member = ARGV[1], ARGV[2], clips.member(ARGV[4])
local review, learning = field('review_epoch'), field('learning_epoch')
if not live() or review == '' or learning == '' then
  for _, index in pairs(SHARD) do redis.call('ZREM', key(index), account) end
  return {}
end
local item = redis.call('GET', KEYS[3])
if not item then
  local open = redis.call('HGETALL', key(INDEX[stage], account, review))
  local unseen = {}
  for at = 1, #open, 2 do
    if not string.find(' ' .. open[at + 1] .. ' ', ' ' .. member .. ' ', 1, true) then
      unseen[#unseen + 1] = open[at]
    end
  end
  if #unseen == 0 then
    clips.offer(account, review)
    return {}
  end
  item = unseen[1 + tonumber(ARGV[9]) % #unseen]
  local task = clips.task(account, review, item)
  task.seats[member] = {staff = ARGV[4], as = stage, state = 'leased', token = ARGV[5],
    ends = now_ms() + tonumber(ARGV[6])}
  clips.keep(account, review, item, task)
  redis.call('SET', KEYS[3], item, 'EX', ARGV[10])
  local subject = pseudonym(KEYS[1])
  audit(ARGV[3], 'clip_leased', subject, clip(item, subject))
end
local state, left = clips.standing(account, item, learning, review, ARGV[5])
if state ~= 'open' then return {} end
clips.grant(KEYS[2], ARGV[7], ARGV[8])
return {item, learning, review, whole(left), redis.call('HGET', key('k', account, review), item),
  field('learning_key'), redis.call('HGET', key('kt', account, review), item)}
