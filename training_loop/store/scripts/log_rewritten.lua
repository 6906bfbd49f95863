-- Notes that the append-only file was rewritten since a number of deletions.
-- KEYS: 1 counter of deletions
-- ARGV: 1 the counter as it was before the rewrite began
-- Invariant: a deletion during the rewrite stays due.
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
