-- Tickets for many patients at once. A batch keeps the patients who still wait for their ticket in steps, sealed;
-- a step's row goes in the transaction that gives its patients their tickets, so that nobody gets two.

CREATE TABLE ticket_batches (
  id TEXT PRIMARY KEY,
  care_provider_id TEXT NOT NULL REFERENCES care_providers (id),
  care_unit_id TEXT NOT NULL REFERENCES care_units (id),
  state TEXT NOT NULL CHECK (state = 'checked' OR state = 'working' OR state = 'stopped' OR state = 'done' OR state = 'discarded'),
  common TEXT NOT NULL, -- sealed JSON: what every ticket is like
  rows INTEGER NOT NULL, -- of the list
  wanted INTEGER NOT NULL CHECK (wanted BETWEEN 0 AND rows), -- tickets, one for each row without a fault
  issued INTEGER NOT NULL DEFAULT 0 CHECK (issued BETWEEN 0 AND wanted),
  faults TEXT NOT NULL, -- JSON: line, column and kind of each fault; nothing of what stood there
  next_step INTEGER NOT NULL DEFAULT 0, -- the first that hasn't been worked off
  steps INTEGER NOT NULL,
  issued_by TEXT NOT NULL, -- the practitioner who confirmed it, else who uploaded it
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  CHECK (next_step <= steps AND (state = 'done') = (next_step = steps AND state <> 'checked' AND state <> 'discarded'))
) STRICT, WITHOUT ROWID;

CREATE INDEX ticket_batches_by_unit ON ticket_batches (care_unit_id, id);
-- What the job works off, and what it gives up when it waited too long.
CREATE INDEX ticket_batches_by_state ON ticket_batches (state, changed_at);

CREATE TABLE ticket_batch_steps (
  batch_id TEXT NOT NULL REFERENCES ticket_batches (id),
  number INTEGER NOT NULL,
  care_provider_id TEXT NOT NULL,
  patients TEXT NOT NULL, -- sealed JSON: those of the step
  PRIMARY KEY (batch_id, number)
) STRICT, WITHOUT ROWID;
