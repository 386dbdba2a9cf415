-- rejected_rows: deletes the rejected rows of the files.
-- Reads smoke_files.
delete from rejected_rows
where file_id in (select smoke_files.file_id from smoke_files);
