-- Holds an account's consent still while something that was made of its items is handed over.
-- KEYS: 1 account hash, 2 read grants
-- ARGV: 1 learning epoch, 2 grant, 3 grant in ms, 4... items
-- Result: 1 when held, 0 when one of the items may not be used any more
-- Invariant: an opt-out, or a deletion of one of the items, that comes later waits for the grant.
local account = string.match(KEYS[1], '^{s%d%d}:a:(.+)$')
if not live() or field('learning_epoch') ~= ARGV[1] then return 0 end
local items = key('i', account, ARGV[1])
for at = 4, #ARGV do
  if redis.call('HEXISTS', items, ARGV[at]) == 0 then return 0 end
end
redis.call('ZADD', KEYS[2], whole(now_ms() + tonumber(ARGV[3])), ARGV[2])
return 1
