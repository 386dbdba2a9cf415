-- file_days: the stores and days of the files with a new row in the ledger that another version did not cover on
-- arrival.
-- Reads file_decisions and stage_sales; writes file_days.
insert into file_days (file_id, store_key, sold_on, sales)
select
    file_decisions.file_id,
    stage_sales.store_key,
    cast(stage_sales.sold_at as date) as sold_on,
    count(*) as sales
from file_decisions
inner join stage_sales on file_decisions.ingest_id = stage_sales.ingest_id
where file_decisions.status <> 'superseded'
group by file_decisions.file_id, stage_sales.store_key, cast(stage_sales.sold_at as date);
