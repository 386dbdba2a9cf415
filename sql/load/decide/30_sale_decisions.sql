-- sale_decisions: one row for each sale that moves, or that may: all sales of the visits that the batch touches. A
-- visit is a store, a time and a visit_key, which digests payment, total and items. The batch touches it if a file that
-- leaves states it, or if one that arrives and another current file state it. On a usual day it touches none.
--   place_before, place_after  transactions | kept_aside | staged | nowhere
--   taken_over_by              the sale that counts instead of this one; null if none does, or if this one counts
--   was_taken_over_by          the same for a sale that is kept aside before the batch
-- What counts, of the files that are current after the batch:
--   * each sale with a name once, of the newest file that states it
--   * sales without a name as far as some file has more sales of the visit than there are different ones with a name
-- An example: in one visit, morning.csv has Ann and Bob, and day.csv has three sales without a name. Ann and Bob count,
-- and one without a name; two are kept aside.
-- Reads transactions, kept_aside, customers, stores, stage_sales and file_decisions. Parameters: file_ids, the files
-- that state sales of the batch's stores and days; transactions_of_files and kept_aside_of_files, conditions for them;
-- leaving_file_ids, a list; changed_customer_id, whose visits are touched, too.
create temp table sale_decisions as
with existing_sales as (
    select
        transactions.transaction_id,
        transactions.file_id,
        transactions.store_id,
        transactions.sold_at,
        coalesce(transactions.visit_key, transactions.sale_key) as visit_key,
        transactions.sale_key,
        transactions.customer_id,
        cast('transactions' as varchar(16)) as place,
        cast(null as bigint) as taken_over_by
    from transactions
    where transactions.file_id in %(file_ids)s and %(transactions_of_files)s
    union all
    select
        kept_aside.transaction_id,
        kept_aside.file_id,
        kept_aside.store_id,
        kept_aside.sold_at,
        coalesce(kept_aside.visit_key, kept_aside.sale_key) as visit_key,
        kept_aside.sale_key,
        kept_aside.customer_id,
        cast('kept_aside' as varchar(16)) as place,
        kept_aside.taken_over_by
    from kept_aside
    where kept_aside.item_number = 1 and kept_aside.file_id in %(file_ids)s and %(kept_aside_of_files)s
),

stated_sales as (
    select
        existing_sales.transaction_id,
        existing_sales.file_id,
        existing_sales.store_id,
        existing_sales.sold_at,
        existing_sales.visit_key,
        existing_sales.sale_key,
        existing_sales.place,
        existing_sales.taken_over_by,
        case when existing_sales.file_id in %(leaving_file_ids)s then 1 else 0 end as is_leaving,
        case when existing_sales.customer_id = %(changed_customer_id)s then 1 else 0 end as is_changed,
        case when unknown_customers.customer_id is null then 1 else 0 end as has_name
    from existing_sales
    left join customers as unknown_customers
        on existing_sales.customer_id = unknown_customers.customer_id and unknown_customers.customer_hash = ''
    union all
    select
        file_decisions.loaded_file_id * 1000000000 + stage_sales.line_number as transaction_id,
        file_decisions.loaded_file_id as file_id,
        stores.store_id,
        stage_sales.sold_at,
        stage_sales.visit_key,
        stage_sales.sale_key,
        cast('staged' as varchar(16)) as place,
        cast(null as bigint) as taken_over_by,
        0 as is_leaving,
        0 as is_changed,
        case stage_sales.customer_hash when '' then 0 else 1 end as has_name
    from stage_sales
    inner join file_decisions on stage_sales.ingest_id = file_decisions.ingest_id
    inner join stores on stage_sales.store_key = stores.store_key
    where file_decisions.loaded_file_id is not null
),

touched_visits as (
    select
        stated_sales.store_id,
        stated_sales.sold_at,
        stated_sales.visit_key,
        row_number() over (order by stated_sales.store_id, stated_sales.sold_at, stated_sales.visit_key) as visit
    from stated_sales
    group by stated_sales.store_id, stated_sales.sold_at, stated_sales.visit_key
    having
        max(stated_sales.is_leaving + stated_sales.is_changed) > 0
        or (
            max(case stated_sales.place when 'staged' then 1 else 0 end) = 1
            and min(stated_sales.file_id) < max(stated_sales.file_id)
        )
),

compared as (
    -- seniority 1: the newest current file that states the sale
    select
        stated_sales.*,
        touched_visits.visit,
        case stated_sales.is_leaving
            when 0 then
                row_number() over (
                    partition by touched_visits.visit, stated_sales.sale_key, stated_sales.is_leaving
                    order by stated_sales.file_id desc, stated_sales.transaction_id asc
                )
        end as seniority,
        sum(1 - stated_sales.is_leaving) over (
            partition by touched_visits.visit, stated_sales.file_id
        ) as sales_of_file
    from stated_sales
    inner join touched_visits
        on
            stated_sales.store_id = touched_visits.store_id
            and stated_sales.sold_at = touched_visits.sold_at
            and stated_sales.visit_key = touched_visits.visit_key
),

numbered as (
    select
        compared.*,
        max(compared.sales_of_file) over (partition by compared.visit) as most_sales_of_a_file,
        sum(case compared.seniority when 1 then compared.has_name else 0 end) over (
            partition by compared.visit
        ) as sales_with_name,
        row_number() over (
            partition by compared.visit, compared.has_name, compared.seniority
            order by compared.sale_key
        ) as number_among_equals
    from compared
),

counted as (
    select
        numbered.*,
        case
            when numbered.seniority = 1 and numbered.has_name = 1 then numbered.transaction_id
            when
                numbered.seniority = 1
                and numbered.number_among_equals <= numbered.most_sales_of_a_file - numbered.sales_with_name
                then numbered.transaction_id
        end as counted_id
    from numbered
),

taken_over as (
    -- the sale that counts instead: the same one in another file or, for one without a name, another one of the visit
    select
        counted.*,
        max(counted.counted_id) over (partition by counted.visit, counted.sale_key) as same_sale,
        case
            when counted.has_name = 0 or counted.is_leaving = 0
                then max(counted.counted_id) over (partition by counted.visit)
        end as same_visit
    from counted
)

select
    taken_over.transaction_id,
    taken_over.file_id,
    taken_over.store_id,
    taken_over.sold_at,
    taken_over.place as place_before,
    cast(
        case
            when taken_over.is_leaving = 1 then 'nowhere'
            when taken_over.counted_id is null then 'kept_aside'
            else 'transactions'
        end as varchar(16)
    ) as place_after,
    case when taken_over.counted_id is null then coalesce(taken_over.same_sale, taken_over.same_visit) end
        as taken_over_by,
    taken_over.taken_over_by as was_taken_over_by
from taken_over;
