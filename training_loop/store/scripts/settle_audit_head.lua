-- Makes the head of a shard's audit log fit its last entry, after both came back from a backup.
-- KEYS: 1 audit entries, 2 audit head
-- Result: the number of the last entry
-- Invariant: the next entry follows the last one there is.
local last = redis.call('LINDEX', KEYS[1], -1)
if not last then
  redis.call('DEL', KEYS[2])
  return 0
end
local number, link = string.match(last, '^(%d+) .* (%x+)$')
redis.call('SET', KEYS[2], number .. ' ' .. link)
return tonumber(number)
