-- What a batch of a dry run made goes before the next one.
drop table stage_files, stage_sales, stage_items, stage_rejections, file_decisions;
