-- The job takes each file by itself. One that it can't read waits, and one whose chunks it can't delete comes back.

-- asked_at, from now on: when the scanner was asked last, or when the job comes to a file again that it put off.
DROP INDEX attachments_removed;
CREATE INDEX attachments_removed ON attachments (asked_at) WHERE state = 'removed';

-- Whether a refused file's chunks lie there still. Of those that were refused before nobody knows.
ALTER TABLE attachments ADD COLUMN chunks_remain INTEGER NOT NULL DEFAULT 0 CHECK (chunks_remain = 0 OR chunks_remain = 1);
UPDATE attachments SET chunks_remain = 1 WHERE state = 'refused';
CREATE INDEX attachments_refused ON attachments (asked_at) WHERE state = 'refused' AND chunks_remain = 1;
