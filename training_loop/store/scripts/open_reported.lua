-- Lets the machine read the item of a clip that is reported; opens a read grant.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 the member's pseudonym, 6 token,
--       7 grant, 8 grant in ms
-- Result: {wrapped key, item value, task's id, history epoch, wrapped key of the history}, the last
--         two '' where the history has not got it; or nothing when the task is not open
local account, item = ARGV[1], ARGV[2]
local state, _, task = clips.standing(account, item, ARGV[3], ARGV[4], ARGV[6])
if state ~= 'open' then return {} end
local value = redis.call('HGET', key('i', account, ARGV[3]), item)
if not value then return {} end
clips.grant(KEYS[2], ARGV[7], ARGV[8])
return {field('learning_key'), value, task.id, clips.history(account, item)}
