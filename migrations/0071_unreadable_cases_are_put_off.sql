-- Until when the closing job leaves a case alone that it could not read (its key may be on its way). due_at stays what
-- it was, for what is due is read from it.
ALTER TABLE chats ADD COLUMN put_off_until INTEGER;
