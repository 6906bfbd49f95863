-- Takes an erasure from one step to another.
-- KEYS: 1 erasure
-- ARGV: 1 the step it is at, 2 the next one, then fields and values to note with it
-- Result: 1, or 0 when somebody else took it further
-- Invariant: of two processes that run the same erasure, one notes each step.
if field('step') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'step', ARGV[2], 'updated_ms', whole(now_ms()), 'waiting', '',
  unpack(ARGV, 3))
audit('machine', 'erasure_step', string.match(KEYS[1], '[^:]*$'), 'step=' .. ARGV[2])
return 1
