-- file_days: deletes the days of erased files, unless another current file states the sales under their numbers.
-- Reads load_files; writes file_days; parameter: file_ids, a list.
delete from file_days
where
    file_days.file_id in %(file_ids)s
    and file_days.file_id not in (
        select load_files.sales_file_id
        from load_files
        where load_files.sales_file_id is not null
    );
