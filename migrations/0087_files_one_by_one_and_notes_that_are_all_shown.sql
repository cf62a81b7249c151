-- The job takes each file by itself. One that it can't read waits, and one whose chunks it can't delete comes back.

-- asked_at, from now on: when the scanner was asked last, or when the job comes to a file again that it put off.
DROP INDEX attachments_removed;
CREATE INDEX attachments_removed ON attachments (asked_at) WHERE state = 'removed';

-- Whether a refused file's chunks lie there still. Of those that were refused before nobody knows.
ALTER TABLE attachments ADD COLUMN chunks_remain INTEGER NOT NULL DEFAULT 0 CHECK (chunks_remain = 0 OR chunks_remain = 1);
UPDATE attachments SET chunks_remain = 1 WHERE state = 'refused';
CREATE INDEX attachments_refused ON attachments (asked_at) WHERE state = 'refused' AND chunks_remain = 1;

-- An upload that broke off keeps its place among the ten for a quarter of an hour: by then it isn't under way any more.
-- What the new one says of its moment is what is known of now.
DROP TRIGGER attachments_are_ten_at_most;
CREATE TRIGGER attachments_are_ten_at_most BEFORE INSERT ON attachments
WHEN 10 <= (
  SELECT count(*) FROM attachments
  WHERE chat_id = NEW.chat_id AND practitioner_id IS NEW.practitioner_id AND message_number IS NULL
    AND state <> 'removed' AND state <> 'refused'
    AND (state <> 'uploading' OR uploaded_at > NEW.uploaded_at - 900000)
)
BEGIN
  SELECT RAISE(ABORT, 'refused: attachments_are_ten_at_most');
END;

-- Every note of a chat is shown at once: no more are kept than that. (After, for a draft that is written anew is an
-- insert that turns into an update.)
CREATE TRIGGER chat_notes_are_500_at_most AFTER INSERT ON chat_notes
WHEN 500 < (SELECT count(*) FROM chat_notes WHERE chat_id = NEW.chat_id)
BEGIN
  SELECT RAISE(ABORT, 'refused: chat_notes_are_500_at_most');
END;
CREATE TRIGGER record_notes_are_500_at_most AFTER INSERT ON record_notes
WHEN 500 < (SELECT count(*) FROM record_notes WHERE chat_id = NEW.chat_id)
BEGIN
  SELECT RAISE(ABORT, 'refused: record_notes_are_500_at_most');
END;
