-- A unit's last thousand notifications are kept by identity's tidying job, and no longer by a trigger: it cost every
-- write that tells of something a row more to read and to write, once a unit had a thousand.
DROP TRIGGER notifications_keep_the_last_thousand;
