-- file_days: deletes the days of erased files.
-- Writes file_days; parameter: file_ids, a list.
delete from file_days
where file_days.file_id in %(file_ids)s;
