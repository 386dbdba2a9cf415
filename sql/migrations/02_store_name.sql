-- load_files: the store whose sales a file states; empty if there is none, or more than one. Files that were loaded
-- before do not say it.
alter table load_files add column store_name varchar(200) default '' not null;
