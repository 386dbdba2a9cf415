-- kept_aside: deletes the sales of the files that are kept aside.
-- Reads smoke_files.
delete from kept_aside
where file_id in (select smoke_files.file_id from smoke_files);
