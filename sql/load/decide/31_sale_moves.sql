-- sale_moves: one row for each way in which sales of a file move: how many, between which places, and of which days;
-- with the key and the store of the file, if it is in the ledger.
-- Reads sale_decisions, stores and load_files. Parameter: file_ids, the files of the ledger whose sales may move.
with moves as (
    select
        sale_decisions.file_id,
        sale_decisions.place_before,
        sale_decisions.place_after,
        sale_decisions.taken_over_by / 1000000000 as taken_over_by_file_id,
        sale_decisions.was_taken_over_by / 1000000000 as was_taken_over_by_file_id,
        count(*) as sales,
        min(sale_decisions.transaction_id) as first_transaction_id,
        max(sale_decisions.transaction_id) as last_transaction_id,
        min(cast(sale_decisions.sold_at as date)) as first_day,
        max(cast(sale_decisions.sold_at as date)) as last_day,
        min(stores.store_name) as first_store,
        max(stores.store_name) as last_store
    from sale_decisions
    inner join stores on sale_decisions.store_id = stores.store_id
    group by
        sale_decisions.file_id,
        sale_decisions.place_before,
        sale_decisions.place_after,
        sale_decisions.taken_over_by / 1000000000,
        sale_decisions.was_taken_over_by / 1000000000
)

select
    moves.file_id,
    moves.place_before,
    moves.place_after,
    moves.taken_over_by_file_id,
    moves.was_taken_over_by_file_id,
    moves.sales,
    moves.first_transaction_id,
    moves.last_transaction_id,
    moves.first_day,
    moves.last_day,
    moves.first_store,
    moves.last_store,
    load_files.object_key,
    load_files.store_name
from moves
left join load_files on moves.file_id = load_files.file_id and load_files.file_id in %(file_ids)s;
