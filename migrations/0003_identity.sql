-- Sessions and what renews them, guests' links, and the counters that slow down whoever tries too often.

-- One row a sign-in. All its tokens carry the row's id; a session that has ended stands here until it is tidied away.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('patient', 'practitioner', 'guest')),
  subject TEXT NOT NULL, -- a practitioner's HSA-id, a patient's blind index, a guest's participant id
  care_provider_id TEXT REFERENCES care_providers (id), -- practitioners and guests
  care_unit_id TEXT REFERENCES care_units (id), -- practitioners
  role TEXT, -- practitioners
  commission_id TEXT, -- practitioners
  appointment_id TEXT REFERENCES appointments (id), -- guests
  started_by TEXT NOT NULL UNIQUE, -- hash of the sign-in attempt: none starts two sessions
  started_at INTEGER NOT NULL,
  renewed_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL, -- the absolute limit
  ended_at INTEGER, -- set once: signed out, or a refresh token came twice
  CHECK ((kind = 'practitioner') = (commission_id IS NOT NULL AND care_unit_id IS NOT NULL AND role IS NOT NULL)),
  CHECK ((kind = 'guest') = (appointment_id IS NOT NULL)),
  CHECK ((kind = 'patient') = (care_provider_id IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_standing_by_subject ON sessions (subject, kind) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_end ON sessions (ends_at);

CREATE TRIGGER sessions_stay_ended BEFORE UPDATE OF ended_at, renewed_at ON sessions
WHEN OLD.ended_at IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'refused: sessions_stay_ended');
END;

-- Each renews its session once. A used one is kept, so that its coming again is noticed.
CREATE TABLE refresh_tokens (
  hash TEXT PRIMARY KEY, -- SHA-256 of 256 random bits
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- The links by which invited participants reach their one visit.
CREATE TABLE guest_links (
  hash TEXT PRIMARY KEY, -- SHA-256 of 128 random bits
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  appointment_id TEXT NOT NULL,
  participant_id TEXT NOT NULL,
  asks_for_phone INTEGER NOT NULL DEFAULT 0 CHECK (asks_for_phone IN (0, 1)), -- a second confirmation
  created_at INTEGER NOT NULL,
  revoked_at INTEGER,
  FOREIGN KEY (appointment_id, participant_id) REFERENCES participants (appointment_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX guest_links_one_standing ON guest_links (appointment_id, participant_id) WHERE revoked_at IS NULL;

-- How often somebody tried something within a span of time; who it is stands as a keyed hash.
CREATE TABLE rate_limits (
  bucket TEXT PRIMARY KEY,
  began_at INTEGER NOT NULL,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX rate_limits_by_age ON rate_limits (began_at);
