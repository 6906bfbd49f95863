-- Which processes hold which versions of the master key.
-- KEYS: 1 holders
-- ARGV: 1 ms after which a silent process counts as gone
-- Result: {process, newest version, version it wraps new keys by} of each
local latest, found = now_ms() - tonumber(ARGV[1]), {}
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  local newest, current, said_ms = unpack(split(all[at + 1]))
  if tonumber(said_ms) < latest then
    redis.call('HDEL', KEYS[1], all[at])
  else
    found[#found + 1] = {all[at], newest, current}
  end
end
return found
