-- A ticket is valid no longer than the last day that may be picked: the job looks at those that were, to remind in time.
UPDATE tickets SET
  valid_until = max(slots_until - 1000, issued_at + 1),
  look_at = CASE WHEN look_at IS NOT NULL THEN min(look_at, slots_until - 172800000) END
WHERE valid_until >= slots_until;
