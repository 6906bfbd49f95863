-- Lets a machine read reviewed items: opens one read grant for all of them.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 account, 2 learning epoch, 3 grant, 4 grant in ms, 5... items
-- Result: {wrapped key, then item, value and review of each item that is still there}, or nothing
-- Invariant: nothing is returned unless the epoch is the account's of now.
local account, epoch = ARGV[1], ARGV[2]
if not live() or field('learning_epoch') ~= epoch then return {} end
local found = {field('learning_key')}
for at = 5, #ARGV do
  local value = redis.call('HGET', key('i', account, epoch), ARGV[at])
  local review = redis.call('HGET', key('v', account, epoch), ARGV[at])
  if value and review then
    found[#found + 1] = ARGV[at]
    found[#found + 1] = value
    found[#found + 1] = review
  end
end
if #found > 1 then
  local now = now_ms()
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', whole(now))
  redis.call('ZADD', KEYS[2], whole(now + tonumber(ARGV[4])), ARGV[3])
  audit('machine', 'opened_for_learning', pseudonym(KEYS[1]), 'items=' .. (#found - 1) / 3)
end
return found
