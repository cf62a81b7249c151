-- The matters that staff keep open as tabs. A row belongs to one session: it is there while that stands, and no longer.

CREATE TABLE open_matters (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind = 'chat' OR kind = 'visit' OR kind = 'ticket'),
  matter_id TEXT NOT NULL, -- in the table that the kind says
  opened_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, matter_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER open_matters_are_of_a_standing_session BEFORE INSERT ON open_matters
WHEN EXISTS (SELECT 1 FROM sessions WHERE id = NEW.session_id AND ended_at IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'refused: open_matters_are_of_a_standing_session');
END;

CREATE TRIGGER open_matters_end_with_their_session AFTER UPDATE OF ended_at ON sessions
WHEN NEW.ended_at IS NOT NULL AND NEW.kind = 'practitioner'
BEGIN
  DELETE FROM open_matters WHERE session_id = NEW.id;
END;

-- One more than twelve: the one that was opened first makes room.
CREATE TRIGGER open_matters_are_twelve_at_most AFTER INSERT ON open_matters
BEGIN
  DELETE FROM open_matters
  WHERE session_id = NEW.session_id AND matter_id IN (
    SELECT matter_id FROM open_matters
    WHERE session_id = NEW.session_id AND matter_id <> NEW.matter_id
    ORDER BY opened_at DESC, matter_id DESC
    LIMIT -1 OFFSET 11
  );
END;
