-- Until when a gateway asked to be left alone: every message waits as long or goes through another one.
ALTER TABLE sms_gateways ADD COLUMN not_before INTEGER;
