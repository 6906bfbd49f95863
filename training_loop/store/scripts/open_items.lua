-- Lets a machine read items of the learning queue: opens one read grant for all of them.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 account, 2 learning epoch, 3 review epoch for items that wait for review, else '',
--       4 grant, 5 grant in ms, 6... items
-- Result: {wrapped key, then item and value of each that is still there}, or nothing
-- Invariant: nothing is returned unless the epochs are the account's of now.
local account, epoch, review = ARGV[1], ARGV[2], ARGV[3]
if not live() or field('learning_epoch') ~= epoch then return {} end
if review ~= '' and field('review_epoch') ~= review then return {} end
local found = {field('learning_key')}
for at = 6, #ARGV do
  local value = redis.call('HGET', key('i', account, epoch), ARGV[at])
  if value and (review == '' or redis.call('ZSCORE', key('r', account, review), ARGV[at])) then
    found[#found + 1] = ARGV[at]
    found[#found + 1] = value
  end
end
if #found > 1 then clips.grant(KEYS[2], ARGV[4], ARGV[5]) end
return found
