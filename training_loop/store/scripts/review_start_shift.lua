-- Begins a shift, or a new stretch of work after a break.
-- KEYS: 1 shift
-- ARGV: 1 how long a shift's cap holds in ms, 2 longest stretch in ms, 3 length of a break in ms,
--       4 text first: '1', '0', or '' to leave it
-- Result: 1, or 0 when a break is due and not over
-- Invariant: within the length of a shift nothing resets what was counted.
local now, length, work, rest = now_ms(), tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local function at(name) return tonumber(field(name)) or 0 end
if at('start_ms') == 0 or now >= at('start_ms') + length then
  local text_first = field('text_first')
  redis.call('UNLINK', KEYS[1])
  redis.call('HSET', KEYS[1], 'start_ms', whole(now), 'stretch_ms', whole(now),
    'last_ms', whole(now), 'text_first', text_first == '1' and '1' or '0')
  redis.call('PEXPIRE', KEYS[1], whole(length))
elseif now - at('last_ms') >= rest then
  redis.call('HSET', KEYS[1], 'stretch_ms', whole(now), 'last_ms', whole(now))
elseif now >= at('stretch_ms') + work then
  return 0
end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'text_first', ARGV[4]) end
return 1
