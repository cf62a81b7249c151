-- Cases and chats: a patient and a unit write to each other, in an asynchronous case or around a visit.
-- What the clock decides (planned, open, awaiting, closed) is not kept: functions/messaging/src/case.rs reads
-- it from what stands here. closed_at is set by hand, or by the job that makes a closing visible.

-- A unit's own choices about cases. Opening hours: seven lists of spans from Monday, in minutes after midnight.
ALTER TABLE care_units ADD COLUMN opening_hours TEXT NOT NULL DEFAULT '[[[480,1020]],[[480,1020]],[[480,1020]],[[480,1020]],[[480,1020]],[],[]]';
ALTER TABLE care_units ADD COLUMN case_notice_hours INTEGER NOT NULL DEFAULT 24 CHECK (case_notice_hours BETWEEN 1 AND 168);
ALTER TABLE care_units ADD COLUMN case_grace_hours INTEGER NOT NULL DEFAULT 48 CHECK (case_grace_hours BETWEEN 1 AND 336); -- in opening hours
ALTER TABLE care_units ADD COLUMN case_reopen_hours INTEGER NOT NULL DEFAULT 336 CHECK (case_reopen_hours BETWEEN 0 AND 2160);
ALTER TABLE care_units ADD COLUMN case_answer_hours INTEGER NOT NULL DEFAULT 18 CHECK (case_answer_hours BETWEEN 1 AND 168); -- in opening hours
ALTER TABLE care_units ADD COLUMN shows_read_marks INTEGER NOT NULL DEFAULT 1 CHECK (shows_read_marks IN (0, 1)); -- whether patients see what staff have read
ALTER TABLE care_units ADD COLUMN where_to_turn TEXT; -- for patients whose case is closed; null: the service's own words

CREATE TABLE chats (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  patient_id TEXT NOT NULL REFERENCES patients (id),
  appointment_id TEXT REFERENCES appointments (id), -- a visit's own chat
  practitioner_id TEXT REFERENCES practitioners (id), -- who is responsible; null: anyone of the role
  role TEXT NOT NULL,
  subject TEXT NOT NULL, -- sealed
  phase TEXT NOT NULL CHECK (phase IN ('synchronous', 'asynchronous')),
  first_writer TEXT NOT NULL CHECK (first_writer = 'staff' OR first_writer = 'patient' OR first_writer = 'either'),
  patient_may_reply INTEGER NOT NULL CHECK (patient_may_reply IN (0, 1)),
  opens_at INTEGER NOT NULL,
  closes_at INTEGER NOT NULL,
  due_at INTEGER, -- when the job looks at it next
  begun INTEGER NOT NULL DEFAULT 0 CHECK (begun IN (0, 1)), -- somebody has written
  last_number INTEGER NOT NULL DEFAULT 0, -- of the chat's messages
  last_from TEXT CHECK (last_from IN ('patient', 'staff')), -- whose the last message is that was not withdrawn
  last_at INTEGER,
  patient_delivered INTEGER NOT NULL DEFAULT 0, -- up to which number each side was given the messages,
  patient_read INTEGER NOT NULL DEFAULT 0, -- and has read them
  staff_delivered INTEGER NOT NULL DEFAULT 0,
  staff_read INTEGER NOT NULL DEFAULT 0,
  unread_by_patient INTEGER NOT NULL DEFAULT 0,
  unread_by_staff INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1, -- rises with every change that either side sees
  task_id TEXT REFERENCES tasks (id), -- about the message that was unanswered at the end
  grace_ends_at INTEGER,
  closed_at INTEGER,
  closing TEXT, -- sealed JSON: who closed it by hand, and why
  opened_by TEXT NOT NULL, -- the practitioner
  opened_at INTEGER NOT NULL,
  CHECK (closes_at > opens_at),
  CHECK ((last_from IS NULL) = (last_at IS NULL)),
  CHECK ((task_id IS NULL) = (grace_ends_at IS NULL)),
  CHECK ((closed_at IS NULL) = (due_at IS NOT NULL)),
  CHECK (closing IS NULL OR closed_at IS NOT NULL),
  -- No case closes over an unanswered message without a task having stood (and a task was made of this very chat, below).
  CHECK (closed_at IS NULL OR last_from IS NULL OR last_from = 'staff' OR task_id IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX chats_due ON chats (care_unit_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX chats_by_unit ON chats (care_unit_id, id);
CREATE INDEX chats_by_patient ON chats (patient_id, id);
CREATE UNIQUE INDEX chats_one_per_visit ON chats (appointment_id) WHERE appointment_id IS NOT NULL;

CREATE TRIGGER chats_name_their_own_task BEFORE UPDATE OF task_id ON chats
WHEN NEW.task_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM tasks
  WHERE tasks.id = NEW.task_id AND tasks.kind = 'unanswered-at-close' AND tasks.resource_id = NEW.id
)
BEGIN
  SELECT RAISE(ABORT, 'refused: chats_name_their_own_task');
END;

-- Messages are numbered by one, each number once, and only rise.
CREATE TRIGGER chats_number_without_gaps BEFORE UPDATE OF last_number ON chats
WHEN NEW.last_number <> OLD.last_number + 1
BEGIN
  SELECT RAISE(ABORT, 'refused: chats_number_without_gaps');
END;

-- What both sides see. What is staff's alone stands in tables of its own, which no patient's query names.
CREATE TABLE messages (
  chat_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  id TEXT NOT NULL,
  care_provider_id TEXT NOT NULL,
  version INTEGER NOT NULL, -- the chat's, as it came or was withdrawn
  sender TEXT NOT NULL CHECK (sender = 'patient' OR sender = 'staff' OR sender = 'system'),
  practitioner_id TEXT, -- of staff
  text TEXT, -- sealed
  notice TEXT, -- of the system: which of its fixed texts
  sent_at INTEGER NOT NULL,
  withdrawn_at INTEGER,
  PRIMARY KEY (chat_id, number),
  CHECK ((sender = 'staff') = (practitioner_id IS NOT NULL)),
  CHECK ((sender = 'system') = (notice IS NOT NULL)),
  CHECK ((text IS NULL) = (notice IS NOT NULL OR withdrawn_at IS NOT NULL)),
  CHECK (withdrawn_at IS NULL OR (notice IS NULL AND withdrawn_at < sent_at + 300000))
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_withdrawn ON messages (chat_id, version) WHERE withdrawn_at IS NOT NULL;

-- The chat counts first, in the same batch: so each number that it has counted is a message's.
CREATE TRIGGER messages_take_the_chats_number BEFORE INSERT ON messages
WHEN NOT EXISTS (SELECT 1 FROM chats WHERE chats.id = NEW.chat_id AND chats.last_number = NEW.number)
BEGIN
  SELECT RAISE(ABORT, 'refused: messages_take_the_chats_number');
END;

-- Internal notes beside a chat: staff's alone.
CREATE TABLE chat_notes (
  chat_id TEXT NOT NULL,
  id TEXT NOT NULL,
  care_provider_id TEXT NOT NULL,
  practitioner_id TEXT NOT NULL REFERENCES practitioners (id),
  text TEXT NOT NULL, -- sealed
  written_at INTEGER NOT NULL,
  PRIMARY KEY (chat_id, id)
) STRICT, WITHOUT ROWID;

-- Replies that a unit keeps ready, with fields as {patient}.
CREATE TABLE reply_phrases (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  phrase TEXT NOT NULL, -- sealed JSON: title and text
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX reply_phrases_by_unit ON reply_phrases (care_unit_id, id);

-- Which chat a text message tells of.
ALTER TABLE sms_outbox ADD COLUMN chat_id TEXT;
