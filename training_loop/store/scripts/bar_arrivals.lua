-- Refuses what an account has said and not handed in yet.
-- KEYS: 1 account hash
-- Result: 1, or 0 without an account
-- Invariant: an utterance whose capture began before this is never stored.
if not live() then return 0 end
redis.call('HINCRBY', KEYS[1], 'generation', 1)
return 1
