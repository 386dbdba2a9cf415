-- The tables of one batch of a dry run are dropped before the next batch.
drop table stage_files, stage_sales, stage_items, stage_rejections, file_decisions;
