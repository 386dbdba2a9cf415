-- load_files: the files leave, so that their names may be used again.
-- Reads withdrawn_files.
delete from load_files
where file_id in (select withdrawn_files.file_id from withdrawn_files);
