-- Makes a ticket: an e-mail with a code was asked for.
-- KEYS: 1 ticket
-- ARGV: 1 digest of the ticket, 2 of the link's token or '', 3 of the code or '', 4 purpose,
--       5 whom it is about, sealed, 6 life in ms
-- Result: 1
-- Invariant: it ends by itself.
redis.call('HSET', KEYS[1], 'ticket', ARGV[1], 'link', ARGV[2], 'code', ARGV[3], 'purpose',
  ARGV[4], 'about', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return 1
