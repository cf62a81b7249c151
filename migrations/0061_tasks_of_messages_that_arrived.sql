-- A message that arrived after all closes its own task: finds it by the message.
CREATE INDEX tasks_open_of_messages ON tasks (resource_id) WHERE done_at IS NULL AND resource_type = 'text-message';
