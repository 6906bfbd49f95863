-- Gives a safety officer a case, or the next part of its sound.
-- KEYS: 1 account hash, 2 read grants, 3 listens
-- ARGV: 1 account, 2 item, 3 learning epoch, 4 review epoch, 5 the officer's pseudonym,
--       6 the officer, 7 '1' to take it where it waits, 8 grant, 9 grant in ms,
--       10 listen or '', 11 ms heard so far, 12 most listens remembered
-- Result: {'yours', case value, wrapped key, now in ms}, {'taken'} when another officer has it,
--         {'waiting'} when nobody has, or {'gone'}
-- Invariant: one officer a case; only under the consents of now, and a consent that ends later
-- waits for the grant. A listen is noted before anything of it is heard.
local account, item, review = ARGV[1], ARGV[2], ARGV[4]
if not live() or field('learning_epoch') ~= ARGV[3] or field('review_epoch') ~= review then
  return {'gone'}
end
local value = redis.call('HGET', key('kh', account, review), item)
if not value then return {'gone'} end
local case = clips.case(value)
local subject = pseudonym(KEYS[1])
if case.state == 'waiting' then
  if ARGV[7] ~= '1' then return {'waiting'} end
  case.state, case.taker = 'taken', ARGV[6]
  value = clips.keep_case(account, review, item, value, case)
  audit(ARGV[5], 'case_taken', subject, clip(item, subject) .. ',case=' .. case.case)
end
if case.taker ~= ARGV[6] then return {'taken'} end
clips.grant(KEYS[2], ARGV[8], ARGV[9])
if ARGV[10] ~= '' and blob_of(value) ~= '' and clips.listened(KEYS[3], ARGV[10], ARGV[5], item,
    ARGV[11], ARGV[12]) then
  clips.tally('listens')
  audit(ARGV[5], 'clip_heard', subject, clip(item, subject), ARGV[10])
end
return {'yours', value, field('learning_key'), whole(now_ms())}
