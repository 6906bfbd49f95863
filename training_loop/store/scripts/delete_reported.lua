-- Deletes an item whose clip is a child's voice or was never meant for the assistant.
-- KEYS: 1 account hash, 2 request result
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 the member's pseudonym, 6 token,
--       7 why, 8 result's life in s, 9 history epoch or '', 10 sealed note for the history or ''
-- Result: {'done', blobs...}, or {state} when the task was not open
-- Invariant: afterwards nobody can lease, hear or learn from the item, nor its own account; its blobs
-- are condemned.
if live() and redis.call('GET', KEYS[2]) then return {'done'} end
local account, item = ARGV[1], ARGV[2]
local state = clips.standing(account, item, ARGV[3], ARGV[4], ARGV[6])
if state ~= 'open' then return {state} end
local blobs = clips.delete_unmeant(account, ARGV[3], ARGV[4], item, ARGV[9], ARGV[10])
redis.call('SET', KEYS[2], 'deleted', 'EX', ARGV[8])
local subject = pseudonym(KEYS[1])
audit(ARGV[5], 'clip_reported', subject, clip(item, subject) .. ',report=' .. ARGV[7])
return {'done', unpack(blobs)}
