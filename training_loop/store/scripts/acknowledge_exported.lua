-- Notes that the recipient of an export has deleted some of its items.
-- KEYS: 1 items of the export
-- ARGV: 1 actor, 2 role of whoever confirms, 3... digests of items
-- Result: how many of them were to be deleted and are noted now
-- Invariant: what nobody asked to be deleted is not noted: the recipient holds it still. Who
-- confirmed it stands beside it and in the audit log.
local now, noted = whole(now_ms()), 0
for at = 3, #ARGV do
  local state = redis.call('HGET', KEYS[1], ARGV[at])
  if state and tonumber(state) then
    redis.call('HSET', KEYS[1], ARGV[at], 'done:' .. now .. ':' .. ARGV[2])
    noted = noted + 1
  end
end
if noted > 0 then
  audit(ARGV[1], 'export_deletions_confirmed', string.match(KEYS[1], '[^:]+$'),
    'items=' .. noted .. ',role=' .. ARGV[2])
end
return noted
