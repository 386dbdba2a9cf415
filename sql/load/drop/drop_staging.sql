-- The staging tables are dropped in the transaction of the load, so that their data does not outlive it.
drop table if exists file_decisions, stage_sales, stage_items, stage_rejections, sale_decisions;
