-- Phones that wrote STOPP. A patient's consent is kept with the patient; a guest has none but this.

CREATE TABLE sms_refusals (
  phone_index TEXT PRIMARY KEY, -- keyed blind index of the phone
  refused_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
