-- How a task stands; opens a read grant for a clip that is open.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 the member's pseudonym, 6 token,
--       7 grant or '', 8 grant in ms
-- Result: {state, ms left}, with a grant also clip value, wrapped key and task where it is open
local account, item, review = ARGV[1], ARGV[2], ARGV[4]
local state, left = clips.standing(account, item, ARGV[3], review, ARGV[6])
if ARGV[7] == '' or state ~= 'open' then return {state, whole(left)} end
clips.grant(KEYS[2], ARGV[7], ARGV[8])
return {state, whole(left), redis.call('HGET', key('k', account, review), item),
  field('learning_key'), redis.call('HGET', key('kt', account, review), item)}
