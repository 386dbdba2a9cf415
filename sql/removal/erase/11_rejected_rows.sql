-- rejected_rows: deletes the rejected rows of erased files.
-- Writes rejected_rows; parameter: file_ids, a list.
delete from rejected_rows
where rejected_rows.file_id in %(file_ids)s;
