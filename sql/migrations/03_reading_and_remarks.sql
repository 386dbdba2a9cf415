-- load_files: how a file was read, and what somebody should look at. Files that were loaded before do not say it.
alter table load_files add column reading varchar(1000) default '' not null;
alter table load_files add column remarks varchar(1000) default '' not null;
