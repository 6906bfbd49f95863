-- A random account of a shard with something for a stage; first lets leases and undo times end.
-- KEYS: 1 accounts with open tasks of the stage
-- ARGV: 1 how many accounts to look at for what has ended
-- Result: the account, or ''
clips.ripen(ARGV[1])
return redis.call('ZRANDMEMBER', KEYS[1]) or ''
