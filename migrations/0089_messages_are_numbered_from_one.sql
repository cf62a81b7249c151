-- A chat in which nothing was counted yet has the number nought, which is no message's.

CREATE TRIGGER messages_are_numbered_from_one BEFORE INSERT ON messages
WHEN NEW.number < 1
BEGIN
  SELECT RAISE(ABORT, 'refused: messages_are_numbered_from_one');
END;
