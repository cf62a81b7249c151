-- What became of a unit's text messages in a period: found by unit and by id, which begins with the time.
CREATE INDEX sms_outbox_by_unit ON sms_outbox (care_unit_id, id);
