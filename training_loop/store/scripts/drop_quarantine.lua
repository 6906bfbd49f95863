-- Destroys what the auditor put aside of an account.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 what was put aside this many ms ago or longer
-- Result: how many keys
local dropped = drop_quarantine(ARGV[1], now_ms() - tonumber(ARGV[2]))
if dropped > 0 then
  audit('auditor', 'quarantine_emptied', pseudonym(KEYS[1]), 'keys=' .. dropped)
end
return dropped
