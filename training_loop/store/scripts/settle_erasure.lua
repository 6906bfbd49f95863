-- Notes the second receipt of an erasure: nothing that the first one called pending is left.
-- KEYS: 1 erasure, 2 erasures with something pending
-- ARGV: 1 erasure, 2 the second receipt
-- Result: 1, or 0 when it was noted already or the erasure is no longer kept
-- Invariant: an erasure has one second receipt, and the audit log says when it was issued.
if redis.call('SREM', KEYS[2], ARGV[1]) == 0 then return 0 end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'final_receipt', ARGV[2], 'pending', '[]')
audit('machine', 'erasure_settled', ARGV[1], 'receipt=second')
return 1
