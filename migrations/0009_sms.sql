-- Sending the outbox. A message waits in 'queued' until due_at; whoever sends it puts due_at a lease ahead, so
-- that nobody else takes it meanwhile and it comes back by itself if the sender dies. 'withheld' never leaves:
-- no number, no consent, or what it told of is no longer so.

ALTER TABLE sms_outbox ADD COLUMN recipient_index TEXT; -- keyed blind index of the number: one phone, one order
ALTER TABLE sms_outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sms_outbox ADD COLUMN lease TEXT; -- the sender that has it now
ALTER TABLE sms_outbox ADD COLUMN gateway TEXT; -- which one took it
ALTER TABLE sms_outbox ADD COLUMN gateway_id TEXT; -- what that one calls it
ALTER TABLE sms_outbox ADD COLUMN sent_at INTEGER;
ALTER TABLE sms_outbox ADD COLUMN settled_at INTEGER; -- when its fate was known
ALTER TABLE sms_outbox ADD COLUMN report_due_at INTEGER; -- when staff is told that no report came
ALTER TABLE sms_outbox ADD COLUMN failure TEXT; -- why not, in a fixed word of ours

CREATE INDEX sms_outbox_by_recipient ON sms_outbox (recipient_index, id) WHERE state = 'queued' AND recipient_index IS NOT NULL;
CREATE INDEX sms_outbox_by_report ON sms_outbox (report_due_at) WHERE report_due_at IS NOT NULL;
CREATE INDEX sms_outbox_by_patient ON sms_outbox (patient_id, id);

-- How each gateway is: when it began to fail, and how much went through it this second.
CREATE TABLE sms_gateways (
  name TEXT PRIMARY KEY,
  failing_since INTEGER,
  failed_at INTEGER,
  window_began INTEGER NOT NULL DEFAULT 0,
  window_sent INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- How far reminders have come: every visit that begins by `until`, and of those that begin then, up to this id.
CREATE TABLE sms_reminders (
  kind TEXT PRIMARY KEY,
  until INTEGER NOT NULL,
  until_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX appointments_to_remind ON appointments (starts_at, id) WHERE state = 'booked';

-- Each unit's choice.
ALTER TABLE care_units ADD COLUMN reminds_day_before INTEGER NOT NULL DEFAULT 1 CHECK (reminds_day_before IN (0, 1));
ALTER TABLE care_units ADD COLUMN reminds_hour_before INTEGER NOT NULL DEFAULT 1 CHECK (reminds_hour_before IN (0, 1));

-- Whose phone it is that wrote STOPP.
ALTER TABLE patients ADD COLUMN phone_index TEXT; -- keyed blind index of the phone
CREATE INDEX patients_by_phone ON patients (phone_index) WHERE phone_index IS NOT NULL;
