-- Gives a store its first keyring.
-- KEYS: 1 keyring
-- ARGV: 1 record of version 1
-- Result: nothing of interest
-- Invariant: a keyring that is there stays as it is, so of two processes one founds it.
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'v1', ARGV[1], 'current', '1')
end
return 1
