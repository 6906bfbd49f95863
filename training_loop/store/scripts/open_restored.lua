-- Makes a restored account known, after everything else of it was restored.
-- KEYS: 1 account hash, 2 accounts with ready items, 3 accounts with leases, 4 consenting accounts
-- ARGV: 1 account, 2 '1' when it keeps a history or lets models learn, 3 review epoch or '',
--       then fields and values of its hash
-- Result: 1
-- Invariant: leases of before are taken back as soon as they have run out.
local account = ARGV[1]
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
if ARGV[2] == '1' then redis.call('SADD', KEYS[4], account) end
if ARGV[3] ~= '' then
  offer(account, ARGV[3])
  clips.restore(account, ARGV[3])
  if redis.call('HLEN', key('t', account, ARGV[3])) > 0 then
    redis.call('ZADD', KEYS[3], 0, account)
  end
end
rewrite_due()
return 1
