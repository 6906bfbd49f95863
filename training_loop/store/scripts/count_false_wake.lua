-- Counts the score of a wake word that nobody said, once.
-- KEYS: 1 whether it was counted, 2 the month's scores
-- ARGV: 1 how long to know it in ms, 2 score, 3 how long the scores are kept in s
-- Result: 1, or 0 when it was counted already
if not redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 0 end
redis.call('HINCRBY', KEYS[2], ARGV[2], 1)
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
