-- Lets the machine read what was said about an item; opens a read grant.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 account, 2 item, 3 review epoch, 4 grant, 5 grant in ms
-- Result: {learning epoch, wrapped key, task, clip value, item value, history epoch, wrapped key of
--         the history}, the last two '' where the history has not got it; or nothing
local account, item, review = ARGV[1], ARGV[2], ARGV[3]
local learning = field('learning_epoch')
if not live() or learning == '' or field('review_epoch') ~= review then return {} end
local task, stored = clips.task(account, review, item)
local value = redis.call('HGET', key('i', account, learning), item)
local held = redis.call('HGET', key('k', account, review), item)
if not task or not clips.complete(task) or not value or not held then return {} end
clips.grant(KEYS[2], ARGV[4], ARGV[5])
return {learning, field('learning_key'), stored, held, value, clips.history(account, item)}
