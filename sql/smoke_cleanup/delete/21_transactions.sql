-- transactions: those of the files leave.
-- Reads withdrawn_files.
delete from transactions
where file_id in (select withdrawn_files.file_id from withdrawn_files);
