-- What a shard has for a stage; first lets leases and undo times end.
-- KEYS: 1 accounts with open tasks of the stage
-- ARGV: 1 how many accounts to look at for what has ended
-- Result: {how many accounts, a random account or ''}
clips.ripen(ARGV[1])
return {redis.call('ZCARD', KEYS[1]), redis.call('ZRANDMEMBER', KEYS[1]) or ''}
