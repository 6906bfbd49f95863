-- Gives an open clip back, unreviewed.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 the member's pseudonym, 6 token
-- Result: 1, or 0 when it was not open
local account, item = ARGV[1], ARGV[2]
local state, _, task, seat, member = clips.standing(account, item, ARGV[3], ARGV[4], ARGV[6])
if state ~= 'open' then return 0 end
forget_lease(account, seat.token)
task.seats[member] = nil
clips.keep(account, ARGV[4], item, task)
local subject = pseudonym(KEYS[1])
audit(ARGV[5], 'clip_released', subject, clip(item, subject))
return 1
