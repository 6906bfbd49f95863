-- Closes a case and deletes its clip, with the item that it was made from.
-- KEYS: 1 account hash
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 the officer's pseudonym,
--       6 the officer, 7 how it was closed, 8 how long that is remembered in s
-- Result: {'closed', case without the sealed part and with 'now', blobs...}, or {state}
-- Invariant: only who has taken it closes it; afterwards nothing here leads to the account.
local account, item, review = ARGV[1], ARGV[2], ARGV[4]
if not live() or field('learning_epoch') ~= ARGV[3] or field('review_epoch') ~= review then
  return {'gone'}
end
local value = redis.call('HGET', key('kh', account, review), item)
if not value then return {'gone'} end
local case = clips.case(value)
if case.taker ~= ARGV[6] then return {case.state == 'waiting' and 'waiting' or 'taken'} end
local sound = blob_of(value)
local blobs = clips.delete(account, ARGV[3], review, item)
if sound ~= '' then blobs[#blobs + 1] = sound end
case.state, case.sealed, case.now = 'closed', nil, now_ms()
local closed = cjson.encode(case)
redis.call('SET', key('kx', case.case), closed, 'EX', ARGV[8])
clips.tally('closed_' .. ARGV[7])
clips.tally('closed_of ' .. case.reporter)
local subject = pseudonym(KEYS[1])
audit(ARGV[5], 'case_closed', subject,
  clip(item, subject) .. ',case=' .. case.case .. ',as=' .. ARGV[7])
return {'closed', closed, unpack(blobs)}
