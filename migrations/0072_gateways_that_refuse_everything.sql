-- How many messages a gateway refused one after the other, with none taken between them.
ALTER TABLE sms_gateways ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
