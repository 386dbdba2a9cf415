-- The staging tables are dropped in the transaction of the load, so that their data does not outlive it.
drop table stage_files, stage_sales, stage_items, stage_rejections, file_decisions, leaving_transactions;
