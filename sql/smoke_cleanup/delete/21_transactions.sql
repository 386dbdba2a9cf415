-- transactions: deletes the sales of the files.
-- Reads smoke_files.
delete from transactions
where file_id in (select smoke_files.file_id from smoke_files);
