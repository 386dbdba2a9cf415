-- load_files: deletes the rows of the files, so that their names may be used again.
-- Reads smoke_files.
delete from load_files
where file_id in (select smoke_files.file_id from smoke_files);
