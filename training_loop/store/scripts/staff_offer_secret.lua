-- Keeps a sealed TOTP secret with a ticket.
-- KEYS: 1 ticket
-- ARGV: 1 sealed secret
-- Result: 1, or 0 when the ticket is gone or has another secret already
-- Invariant: a ticket shows one secret, once.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('HGET', KEYS[1], 'totp') == ARGV[1] then return 1 end
return redis.call('HSETNX', KEYS[1], 'totp', ARGV[1])
