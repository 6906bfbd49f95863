-- Begins the trial of a candidate, in place of any other of its kind.
-- KEYS: 1 models:<kind>:trial
-- ARGV: 1 trial, 2 model, 3 stage, 4 share of canary sessions, 5 share of shadowed turns,
--       6 milliseconds that it lasts unless it is kept up
-- Result: 1
-- Invariant: no count of another trial is left; repeating it changes nothing but the time left.
if redis.call('HGET', KEYS[1], 'trial') ~= ARGV[1] then
  redis.call('DEL', KEYS[1])
end
redis.call('HSET', KEYS[1], 'trial', ARGV[1], 'model', ARGV[2], 'stage', ARGV[3],
  'canary_share', ARGV[4], 'shadow_share', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return 1
