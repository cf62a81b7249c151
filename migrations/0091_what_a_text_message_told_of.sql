-- Of which message a text message told the patient last: until the patient has read it, that one tells of all that staff
-- write. What is unread doesn't say so, for not all of it was told of: what was written while both sat in the chat, or
-- before the patient had a phone, or what another text message told of.

ALTER TABLE chats ADD COLUMN patient_told INTEGER NOT NULL DEFAULT 0;
