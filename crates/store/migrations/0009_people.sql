-- Who made each account, by name; none for those made before this was kept.
ALTER TABLE people ADD COLUMN created_by text;
