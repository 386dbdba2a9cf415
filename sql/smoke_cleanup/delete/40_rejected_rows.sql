-- rejected_rows: those of the files leave.
-- Reads withdrawn_files.
delete from rejected_rows
where file_id in (select withdrawn_files.file_id from withdrawn_files);
