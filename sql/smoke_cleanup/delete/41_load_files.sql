-- load_files: the files are deleted, so that their names may be used again.
-- Reads smoke_files.
delete from load_files
where file_id in (select smoke_files.file_id from smoke_files);
