-- smoke_files: the versions of the file with this key, which are to be removed.
-- Reads load_files; writes smoke_files; parameter: object_key.
insert into smoke_files (file_id)
select load_files.file_id
from load_files
where load_files.object_key = %(object_key)s;
