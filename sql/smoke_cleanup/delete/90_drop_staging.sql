-- The staging goes with the transaction.
drop table withdrawn_files;
