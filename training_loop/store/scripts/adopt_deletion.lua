-- Makes an erasure of a deletion that Earmark 0.1 had begun when it was stopped. It noted the account
-- in a set, and destroyed its keys and items; the audio and the account's other keys may be left.
-- KEYS: 1 account hash, 2 erasure, 3 open erasures, 4 the erasure's blobs
-- ARGV: 1 account, 2 erasure, 3 sealed plan
-- Result: 1, or 0 when there is nothing to adopt, or it has been adopted
-- Invariant: what the set named is erased, or is an open erasure.
redis.call('SREM', key('e'), ARGV[1])
if field('state') ~= 'erasing' or field('erasure') ~= '' then return 0 end
local now = whole(now_ms())
redis.call('HSET', KEYS[2], 'kind', 'account', 'step', 'requested', 'requested_ms', now,
  'updated_ms', now, 'plan', ARGV[3])
redis.call('SADD', KEYS[3], ARGV[2])
for _, purpose in ipairs({'history', 'learning'}) do
  local container = field(purpose .. '_container')
  if container ~= '' then
    condemn(container .. '/')
    redis.call('SADD', KEYS[4], container .. '/')
  end
end
redis.call('HSET', KEYS[1], 'erasure', ARGV[2])
audit('holder', 'erasure_requested', ARGV[2], 'kind=account')
return 1
