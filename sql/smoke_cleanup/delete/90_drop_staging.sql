-- The list of files is dropped with the transaction.
drop table smoke_files;
