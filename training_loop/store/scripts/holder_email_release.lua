-- Gives an address free.
-- KEYS: 1 address
-- ARGV: 1 the claim's value ("<account> <nonce>")
-- Result: 1, or 0 when it is another claim, or none
-- Invariant: only that very claim goes.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
rewrite_due()
return 1
