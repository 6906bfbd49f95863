-- Replaces wrapped keys of accounts by the same keys under another version of the master key.
-- KEYS: account hashes of one shard
-- ARGV: for each change the number of its account hash, the field, its old and its new value
-- Result: how many were replaced
-- Invariant: a field that was changed or removed since it was read stays as it is: nothing that an
-- opt-out or a deletion destroyed comes back.
local replaced = 0
for at = 1, #ARGV, 4 do
  local hash = KEYS[tonumber(ARGV[at])]
  if redis.call('HGET', hash, ARGV[at + 1]) == ARGV[at + 2] then
    redis.call('HSET', hash, ARGV[at + 1], ARGV[at + 3])
    replaced = replaced + 1
  end
end
return replaced
