-- keys: one row for each key of a smoke test's file that the warehouse has, among them keys that only look like one.
-- Reads load_files.
select distinct load_files.object_key
from load_files
where load_files.object_key like 'smoke^_test^_%' escape '^';
