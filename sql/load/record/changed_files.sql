-- load_files: deletes the rows that change; they are inserted again as they are now, together with the new ones.
-- Writes load_files; parameter: file_ids, a list.
delete from load_files
where load_files.file_id in %(file_ids)s;
