-- Notes how long somebody listened in the end.
-- KEYS: 1 account hash, 2 listens
-- ARGV: 1 item, 2 the listener's pseudonym, 3 listen, 4 ms heard
-- Result: 1, or 0 when no such listen is noted
if not live() or not clips.lasted(KEYS[2], ARGV[3], ARGV[4]) then return 0 end
local subject = pseudonym(KEYS[1])
audit(ARGV[2], 'clip_heard', subject, clip(ARGV[1], subject) .. ',ms=' .. ARGV[4], ARGV[3])
return 1
