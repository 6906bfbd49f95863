-- Whether learning from an account is still paused; forgets a pause that has run out.
-- KEYS: 1 account hash
-- Result: the end of the pause in ms by the server's clock, '0' for none
if paused() then return field('paused_until_ms') end
redis.call('HDEL', KEYS[1], 'paused_until_ms')
return '0'
