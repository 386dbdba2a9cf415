-- The staging goes with the transaction.
drop table smoke_files;
