-- hash_key_ids: one row for each hash key under which customers were hashed.
-- Reads load_files.
select distinct load_files.hash_key_id
from load_files
where load_files.hash_key_id <> '';
