-- Incoming messages that changed something, by the gateway's id, kept for good: a replay changes nothing.
CREATE TABLE sms_incoming (
  id TEXT PRIMARY KEY,
  received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
