-- Until when somebody may hold a live stream of a chat, or of what happens at a unit, open: whoever opens one says so in
-- the batch that finds where the stream begins. A message that is written when nobody can listen wakes no room.
-- Where nothing is known (what is older than this column, or was made by functions that are) everybody is told.
ALTER TABLE chats ADD COLUMN listened_until INTEGER;
ALTER TABLE care_units ADD COLUMN listened_until INTEGER;
