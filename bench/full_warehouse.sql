-- Fills an empty warehouse with files that a load has never seen: PostgreSQL only.
-- Parameters: files; stores; sales, those of a file; new_customers, those of them whose customer comes for the first time.
-- File 0 is the first store's on the first day, file 1 the second store's. Sale 3 of file 12 is 12 * sales + 3.
insert into stores (store_id, store_name, store_key)
select
    store_id,
    'Store ' || store_id,
    'store ' || store_id
from generate_series(1, %(stores)s) as numbers (store_id);

insert into products (product_id, product_name, size)
select
    product_id,
    'Product ' || product_id,
    'Large'
from generate_series(1, 100) as numbers (product_id);

insert into flavours (flavour_id, flavour_name)
select
    flavour_id,
    'Flavour ' || flavour_id
from generate_series(1, 20) as numbers (flavour_id);

insert into load_files (
    file_id, object_key, content_sha256, version_id, etag, last_modified, sequencer, hash_key_id, store_name, rows_read,
    rows_loaded, rows_rejected, items, total, status, reason, sentence, reading, remarks, loaded_at, superseded_by,
    sales_file_id
)
select
    file_number + 1,
    'store_' || file_number %% %(stores)s + 1 || to_char(sold_on, '_DD-MM-YYYY') || '_08-00-00.csv',
    encode(sha256(file_number::text::bytea), 'hex'),
    md5(file_number::text),
    md5(file_number::text),
    sold_on + time '19:00',
    '',
    'key-1',
    'Store ' || file_number %% %(stores)s + 1,
    %(sales)s,
    %(sales)s,
    0,
    %(sales)s * 5 / 2,
    %(sales)s * 5 / 2 * 2.50,
    'loaded',
    '',
    '',
    'It was read as comma-separated values in UTF-8; its days come before its months.',
    '',
    sold_on + time '19:00:03',
    null,
    file_number + 1
from generate_series(0, %(files)s - 1) as numbers (file_number)
cross join lateral (
    select %(first_day)s + file_number / %(stores)s as sold_on
) as days;

insert into file_days (file_id, store_key, sold_on, sales)
select
    file_number + 1,
    'store ' || file_number %% %(stores)s + 1,
    %(first_day)s + file_number / %(stores)s,
    %(sales)s
from generate_series(0, %(files)s - 1) as numbers (file_number);

insert into customers (customer_id, store_id, customer_hash, hash_key_id)
select
    (file_number + 1) * 1000000000::bigint + line,
    file_number %% %(stores)s + 1,
    encode(sha256((file_number || '/' || line)::bytea), 'hex'),
    'key-1'
from generate_series(0, %(files)s * %(new_customers)s - 1) as numbers (n)
cross join lateral (
    select
        n / %(new_customers)s as file_number,
        n %% %(new_customers)s + 1 as line
) as places;

-- A customer who comes again has come to the same store on a day before.
insert into transactions (
    transaction_id, file_id, line_number, sale_key, sold_at, store_id, customer_id, payment_type, total_price, visit_key
)
select
    (file_number + 1) * 1000000000::bigint + line,
    file_number + 1,
    line,
    hashint8extended(n, 1),
    %(first_day)s + file_number / %(stores)s + time '08:00' + line * interval '2 minutes',
    file_number %% %(stores)s + 1,
    case
        when line <= %(new_customers)s then (file_number + 1) * 1000000000::bigint + line
        else
            (file_number - n %% (file_number / %(stores)s + 1) * %(stores)s + 1) * 1000000000::bigint
            + line %% %(new_customers)s + 1
    end,
    case line %% 3 when 0 then 'CASH' else 'CARD' end,
    (line %% 4 + 1) * 2.50,
    hashint8extended(n, 2)
from generate_series(0, %(files)s * %(sales)s - 1) as numbers (n)
cross join lateral (
    select
        n / %(sales)s as file_number,
        n %% %(sales)s + 1 as line
) as places;

insert into baskets (transaction_id, item_number, product_id, flavour_id, unit_price)
select
    (n / %(sales)s + 1) * 1000000000::bigint + line,
    item_number,
    (n + item_number) %% 100 + 1,
    case n %% 3 when 0 then n %% 20 + 1 end,
    2.50
from generate_series(0, %(files)s * %(sales)s - 1) as numbers (n)
cross join lateral (select n %% %(sales)s + 1 as line) as places
cross join generate_series(1, 4) as items (item_number)
where item_number <= line %% 4 + 1;
