-- Since when a message waits that was sent again by hand; the others wait since they were written.
ALTER TABLE sms_outbox ADD COLUMN waits_since INTEGER;
-- Whether staff was told that it waits.
ALTER TABLE sms_outbox ADD COLUMN told_waiting INTEGER NOT NULL DEFAULT 0 CHECK (told_waiting IN (0, 1));
