-- A unit's tasks are listed page by page: first those about a question that a case closes with, for their grace runs
-- out, and then the others, each the oldest first.

-- 0 or 1: which of them come first. A column, and not only an expression of the index, for the next page's search.
ALTER TABLE tasks ADD COLUMN turn INTEGER GENERATED ALWAYS AS (kind <> 'unanswered-at-close') VIRTUAL;

DROP INDEX tasks_open_by_unit;
CREATE INDEX tasks_open_by_unit ON tasks (care_unit_id, turn, id) WHERE done_at IS NULL;
