-- The variable store: all stores that a file was of, as the files write them.
select load_files.store_name
from load_files
where load_files.store_name <> ''
group by load_files.store_name
order by load_files.store_name;
