-- The staging tables are dropped after the commit of the batch, so that their data does not outlive the load.
drop table stage_files, stage_sales, stage_items, stage_rejections, file_decisions, leaving_transactions;
