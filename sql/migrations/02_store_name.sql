-- load_files: the store whose sales a file contains; empty if there is none, or more than one, and for files that were
-- loaded before.
alter table load_files add column store_name varchar(200) default '' not null;
