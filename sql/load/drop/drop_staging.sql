-- The staging tables are dropped when the batch is committed: nothing of them outlives the load.
drop table stage_files, stage_sales, stage_items, stage_rejections, file_decisions, leaving_transactions;
