-- What the administrator sees of units, gateways and the queue, without looking at everybody's rows.

CREATE INDEX commissions_by_unit ON commissions (care_unit_id);
-- Nothing in it changes in a session's life: a renewal and an end write no row more.
CREATE INDEX sessions_by_unit ON sessions (care_unit_id, ends_at) WHERE kind = 'practitioner';

-- The same entries as before, so no message costs a row more; whose it is stands in the index.
DROP INDEX sms_outbox_due;
CREATE INDEX sms_outbox_due ON sms_outbox (due_at, care_provider_id) WHERE state = 'queued';

-- Since when a gateway that has failed works again; when it last failed stays.
ALTER TABLE sms_gateways ADD COLUMN works_since INTEGER;
