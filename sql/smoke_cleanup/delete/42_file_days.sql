-- file_days: deletes the days of the files.
-- Reads smoke_files.
delete from file_days
where file_id in (select smoke_files.file_id from smoke_files);
