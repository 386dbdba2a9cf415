-- load_files: a refusal says which newer version has taken its place, so that what waits can be told. Each one with a
-- newer version that could be read gets that one's number. chalicelib/warehouse/schema.py takes the numbers back under
-- names without a day, where a refusal waits.
update load_files
set superseded_by = newer_files.file_id
from (
    select
        refused_files.file_id as refused_file_id,
        max(read_files.file_id) as file_id
    from load_files as refused_files
    inner join load_files as read_files
        on
            refused_files.object_key = read_files.object_key
            and refused_files.last_modified <= read_files.last_modified
    where
        refused_files.status = 'refused'
        and read_files.status in ('loaded', 'duplicate', 'withdrawn', 'erased')
    group by refused_files.file_id
) as newer_files
where load_files.file_id = newer_files.refused_file_id;
