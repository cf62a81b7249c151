-- Whether a message was put off: until it is due again it keeps no later one to its phone waiting.
ALTER TABLE sms_outbox ADD COLUMN put_off INTEGER NOT NULL DEFAULT 0 CHECK (put_off IN (0, 1));
