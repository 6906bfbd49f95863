-- Notes a receipt that says that something of an erasure, pending before, is overdue.
-- KEYS: 1 erasure, 2 erasures with something pending
-- ARGV: 1 erasure, 2 id of the receipt that it follows, 3 the receipt, 4 its id, 5 what is pending
-- Result: 1, or 0 when another one followed that receipt, or nothing is pending any more
-- Invariant: receipts of an erasure follow one another without a fork.
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 0 then return 0 end
local latest = field('overdue_receipt_id')
if latest == '' then latest = field('receipt_id') end
if latest ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'overdue_receipt', ARGV[3], 'overdue_receipt_id', ARGV[4],
  'pending', ARGV[5])
audit('machine', 'erasure_overdue', ARGV[1], 'receipt=overdue')
return 1
