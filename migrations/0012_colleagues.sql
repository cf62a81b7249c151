-- Colleagues: a matter that one practitioner offers another, who accepts or declines.

CREATE TABLE chat_handovers (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  chat_id TEXT NOT NULL REFERENCES chats (id),
  from_id TEXT NOT NULL REFERENCES practitioners (id),
  to_id TEXT NOT NULL REFERENCES practitioners (id),
  note TEXT, -- sealed
  offered_at INTEGER NOT NULL,
  answered_at INTEGER,
  accepted INTEGER CHECK (accepted IN (0, 1)),
  CHECK ((answered_at IS NULL) = (accepted IS NULL))
) STRICT, WITHOUT ROWID;

-- One offer at a time.
CREATE UNIQUE INDEX chat_handovers_one_open ON chat_handovers (chat_id) WHERE answered_at IS NULL;
CREATE INDEX chat_handovers_to ON chat_handovers (to_id, id) WHERE answered_at IS NULL;
CREATE INDEX chat_handovers_from ON chat_handovers (from_id, id) WHERE answered_at IS NULL;
