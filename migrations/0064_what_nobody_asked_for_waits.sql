-- Whether what a message tells of was done just then by somebody who waits for it. A list's tickets were not: at night
-- they wait for the morning.
ALTER TABLE sms_outbox ADD COLUMN asked INTEGER NOT NULL DEFAULT 1 CHECK (asked IN (0, 1));
