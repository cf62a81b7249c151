-- When a weekly template was ended, and by whom: its free slots were withdrawn with it, and what was booked stays.
ALTER TABLE slot_templates ADD COLUMN ended_at INTEGER;
ALTER TABLE slot_templates ADD COLUMN ended_by TEXT;

-- A visit that is called off or moved later gives its time back to nobody.
CREATE TRIGGER slots_of_an_ended_template_stay_withdrawn AFTER UPDATE OF occupied_by ON slots
WHEN NEW.occupied_by IS NULL AND OLD.occupied_by IS NOT NULL AND NEW.withdrawn_at IS NULL
  AND EXISTS (SELECT 1 FROM slot_templates WHERE id = NEW.template_id AND ended_at IS NOT NULL)
BEGIN
  UPDATE slots SET withdrawn_at = (SELECT ended_at FROM slot_templates WHERE id = NEW.template_id) WHERE id = NEW.id;
END;
