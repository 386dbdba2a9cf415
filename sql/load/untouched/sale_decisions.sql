-- sale_decisions: without rows. On a usual day no other file states sales of the batch's stores and days, so the batch
-- touches no visit, and each staged sale counts. 30_sale_decisions.sql has the meaning of the columns.
create temp table sale_decisions (
    transaction_id bigint,
    file_id bigint,
    store_id bigint,
    sold_at timestamp,
    place_before varchar(16),
    place_after varchar(16),
    taken_over_by bigint,
    was_taken_over_by bigint
);
