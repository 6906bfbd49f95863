-- Forgets a member's open task, or a claim.
-- KEYS: 1 the member's open task
-- ARGV: 1 what it has to be
-- Result: 1 when it was forgotten
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
