-- load_files: how a file was read, and points that a person should check. Empty for files that were loaded before.
alter table load_files add column reading varchar(1000) default '' not null;
alter table load_files add column remarks varchar(1000) default '' not null;
