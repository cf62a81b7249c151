-- Of a list's faults only the first are kept, for a row has two megabytes at most: how many there were is counted.
ALTER TABLE ticket_batches ADD COLUMN fault_count INTEGER NOT NULL DEFAULT 0;
UPDATE ticket_batches SET fault_count = json_array_length(faults);
