-- Lends a clip for longer.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 the member's pseudonym, 6 token,
--       7 lease in ms
-- Result: {state, ms left}
-- Invariant: only an unexpired lease under the consent of now is renewed.
local account, item = ARGV[1], ARGV[2]
local state, left, task, seat = clips.standing(account, item, ARGV[3], ARGV[4], ARGV[6])
if state == 'open' then
  seat.ends = now_ms() + tonumber(ARGV[7])
  clips.keep(account, ARGV[4], item, task)
  left = tonumber(ARGV[7])
end
return {state, whole(left)}
