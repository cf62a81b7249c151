-- What the staff workspace asks for again and again, by indexes that hold next to nothing.

-- Patients who are here and wait.
CREATE INDEX appointments_arrived ON appointments (care_unit_id, starts_at) WHERE state = 'arrived';
