-- Notes an erasure before anything is erased.
-- KEYS: 1 account hash, 2 request result, 3 erasure, 4 open erasures
-- ARGV: 1 erasure, 2 kind, 3 sealed plan, 4 result's life in s
-- Result: the erasure that runs: this one, the one of the same request, or the one that deletes the
--         account already; '' without an account
-- Invariant: an account is deleted by one erasure; nothing here names the account in the open.
local running = field('erasure')
if running ~= '' and (ARGV[2] == 'account' or not live()) then
  return ARGV[2] == 'account' and running or ''
end
if not live() then return '' end
local earlier = redis.call('GET', KEYS[2])
if earlier then return earlier end
local now = whole(now_ms())
redis.call('HSET', KEYS[3], 'kind', ARGV[2], 'step', 'requested', 'requested_ms', now,
  'updated_ms', now, 'plan', ARGV[3])
redis.call('SADD', KEYS[4], ARGV[1])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[4])
if ARGV[2] == 'account' then redis.call('HSET', KEYS[1], 'erasure', ARGV[1]) end
audit('holder', 'erasure_requested', ARGV[1], 'kind=' .. ARGV[2])
return ARGV[1]
