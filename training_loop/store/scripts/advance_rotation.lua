-- Takes a rotation a step further.
-- KEYS: 1 keyring
-- ARGV: 1 version rotated to, 2 'current', 'accounts', 'rewrapped', 'retire' or 'end',
--       3 a number for 'accounts' and 'rewrapped', the version that ends for 'retire'
-- Result: 1 when done, 0 when that rotation is over
-- Invariant: a step of an earlier rotation changes nothing, and the current version stays. What is
-- retired is opened by nobody; its record stays until the end, to know which master key goes.
if redis.call('HGET', KEYS[1], 'rotating_to') ~= ARGV[1] then return 0 end
if ARGV[2] == 'current' then redis.call('HSET', KEYS[1], 'current', ARGV[1]) end
if ARGV[2] == 'accounts' then redis.call('HSET', KEYS[1], 'accounts', ARGV[3]) end
if ARGV[2] == 'rewrapped' then redis.call('HINCRBY', KEYS[1], 'rewrapped', ARGV[3]) end
if ARGV[2] == 'retire' and ARGV[3] ~= redis.call('HGET', KEYS[1], 'current') then
  local record = redis.call('HGET', KEYS[1], 'v' .. ARGV[3])
  if record then
    redis.call('HSET', KEYS[1], 'x' .. ARGV[3], record)
    redis.call('HDEL', KEYS[1], 'v' .. ARGV[3])
  end
end
if ARGV[2] == 'end' then
  for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(name, 1, 1) == 'x' then redis.call('HDEL', KEYS[1], name) end
  end
  redis.call('HDEL', KEYS[1], 'rotating_to', 'rewrapped', 'accounts')
end
return 1
