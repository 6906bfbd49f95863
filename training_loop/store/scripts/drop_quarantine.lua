-- Destroys what the auditor put aside of an account.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 what was put aside this many ms ago or longer
-- Result: how many keys
return drop_quarantine(ARGV[1], now_ms() - tonumber(ARGV[2]))
