-- Notes that the recipient of an export has deleted some of its items.
-- KEYS: 1 items of the export
-- ARGV: 1... digests of items
-- Result: how many of them were to be deleted and are noted now
-- Invariant: what nobody asked to be deleted is not noted: the recipient holds it still.
local now, noted = whole(now_ms()), 0
for at = 1, #ARGV do
  local state = redis.call('HGET', KEYS[1], ARGV[at])
  if state and tonumber(state) then
    redis.call('HSET', KEYS[1], ARGV[at], 'done:' .. now)
    noted = noted + 1
  end
end
if noted > 0 then audit('operator', 'export_deletions_confirmed', string.match(KEYS[1], '[^:]+$'), 'items=' .. noted) end
return noted
