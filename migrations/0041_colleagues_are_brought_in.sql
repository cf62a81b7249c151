-- Bringing a colleague in: somebody of the unit asks another to take part in a matter beside who is responsible.

CREATE TABLE chat_colleagues (
  chat_id TEXT NOT NULL REFERENCES chats (id),
  practitioner_id TEXT NOT NULL REFERENCES practitioners (id),
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  role TEXT NOT NULL, -- as what they take part
  brought_by TEXT NOT NULL REFERENCES practitioners (id),
  brought_at INTEGER NOT NULL,
  PRIMARY KEY (chat_id, practitioner_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX chat_colleagues_matters ON chat_colleagues (practitioner_id, chat_id);

-- Whoever works at the chat's own unit and isn't responsible for it already, while it isn't closed.
CREATE TRIGGER chat_colleagues_are_of_the_unit BEFORE INSERT ON chat_colleagues
WHEN NOT EXISTS (
  SELECT 1 FROM chats
  JOIN commissions ON commissions.care_unit_id = chats.care_unit_id AND commissions.practitioner_id = NEW.practitioner_id
  WHERE chats.id = NEW.chat_id AND chats.care_provider_id = NEW.care_provider_id
    AND chats.practitioner_id IS NOT NEW.practitioner_id AND chats.closed_at IS NULL
)
BEGIN
  SELECT RAISE(ABORT, 'refused: chat_colleagues_are_of_the_unit');
END;

-- Who becomes responsible takes part as that.
CREATE TRIGGER chat_colleagues_become_responsible AFTER UPDATE OF practitioner_id ON chats
WHEN NEW.practitioner_id IS NOT NULL
BEGIN
  DELETE FROM chat_colleagues WHERE chat_id = NEW.id AND practitioner_id = NEW.practitioner_id;
END;

-- Whom a message of the system tells of: its fixed text has a place for a name, which stays with the practitioner.
ALTER TABLE messages ADD COLUMN named_id TEXT CHECK (named_id IS NULL OR sender = 'system');

-- A notification may be for one practitioner of the unit alone.
ALTER TABLE notifications ADD COLUMN practitioner_id TEXT;

CREATE TRIGGER notifications_of_colleagues_brought_in AFTER INSERT ON chat_colleagues
WHEN NEW.brought_by <> NEW.practitioner_id
BEGIN
  INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at, practitioner_id)
  SELECT chats.care_unit_id,
    1 + coalesce((SELECT max(number) FROM notifications WHERE care_unit_id = chats.care_unit_id), 0),
    NEW.care_provider_id, 'brought-in', 'case', NEW.chat_id, NEW.brought_at, NEW.practitioner_id
  FROM chats WHERE chats.id = NEW.chat_id;
END;
