-- state names what cycles build on, and is drawn anew by each transaction that changes any of it. file_id names the
-- file from its making on; its copies and backups have the same.
ALTER TABLE meta ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meta ADD COLUMN file_id TEXT NOT NULL DEFAULT '';
UPDATE meta SET state = random(), file_id = coalesce((SELECT store_id FROM identity_source), '');
