-- Makes a claim last, now that its account has the address.
-- KEYS: 1 address
-- ARGV: 1 the claim's value ("<account> <nonce>")
-- Result: 1, or 0 when the claim is not there any more
-- Invariant: nothing is claimed here, so a late call brings nothing back.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PERSIST', KEYS[1])
return 1
