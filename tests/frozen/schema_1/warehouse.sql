-- schema_version: one row for each version of the schema that create_database has applied.
create table schema_version (
    version integer not null,
    applied_at timestamp not null
);

-- load_lock: never holds a row. A load locks it first, so that loads take turns; no reader ever touches it.
create table load_lock (
    locked_by varchar(64)
);

-- load_files: the ledger, one row for each version of a file that was decided upon.
-- Committed together with the data, so that what it says is so.
create table load_files (
    file_id bigint not null,
    object_key varchar(1024) not null,
    content_sha256 char(64) not null,
    version_id varchar(1024) not null,
    etag varchar(64) not null,
    last_modified timestamp not null,
    sequencer varchar(64) not null,
    hash_key_id varchar(64) not null,
    rows_read integer not null,
    rows_loaded integer not null,
    rows_rejected integer not null,
    items integer not null,
    total numeric(12, 2) not null,
    status varchar(16) not null,
    reason varchar(64) not null,
    sentence varchar(2000) not null,
    loaded_at timestamp not null,
    superseded_by bigint
);

-- rejected_rows: one row for each row of a file that was refused; it holds nothing of the row's content.
create table rejected_rows (
    file_id bigint not null,
    line_number integer not null,
    column_name varchar(32) not null,
    reason varchar(64) not null,
    sentence varchar(500) not null
);

-- stores: one row a store.
create table stores (
    store_id bigint not null,
    store_name varchar(200) not null
);

-- customers: one row for each name within a store; the name itself is nowhere, only its keyed hash.
create table customers (
    customer_id bigint not null,
    store_id bigint not null,
    customer_hash char(64) not null,
    hash_key_id varchar(64) not null
);

-- products: one row for each product in a size; size is empty where there is none, never null.
create table products (
    product_id bigint not null,
    product_name varchar(200) not null,
    size varchar(20) not null
);

-- flavours: one row a flavour.
create table flavours (
    flavour_id bigint not null,
    flavour_name varchar(200) not null
);

-- transactions: one row a sale. transaction_id = file_id * 1000000000 + line_number; total_price in pounds.
-- sale_key: a 64-bit digest of what makes a sale the same, compared within store and time.
create table transactions (
    transaction_id bigint not null,
    file_id bigint not null,
    line_number integer not null,
    sale_key bigint not null,
    sold_at timestamp not null,
    store_id bigint not null,
    customer_id bigint not null,
    payment_type varchar(16) not null,
    total_price numeric(10, 2) not null
);

-- baskets: one row for each item sold; flavour_id is null where there is none; unit_price in pounds.
create table baskets (
    transaction_id bigint not null,
    item_number integer not null,
    product_id bigint not null,
    flavour_id bigint,
    unit_price numeric(10, 2) not null
);

insert into schema_version (version, applied_at)
values (1, '2026-11-26T04:54:45.179060');
insert into stores (store_id, store_name)
values (1, 'Leeds');
insert into customers (customer_id, store_id, customer_hash, hash_key_id)
values (1, 1, '755a1464b7133ce6354e5f809488616009d8505e14d499475f16324009250b5d', '28f145749543f0b8');
insert into customers (customer_id, store_id, customer_hash, hash_key_id)
values (2, 1, '424c42b06d08033c788ceefe28829406235d5756a986ce8a36403111bc8b8c3e', '28f145749543f0b8');
insert into products (product_id, product_name, size)
values (1, 'Flavoured latte', 'Regular');
insert into products (product_id, product_name, size)
values (2, 'Latte', 'Large');
insert into products (product_id, product_name, size)
values (3, 'Tea', '');
insert into flavours (flavour_id, flavour_name)
values (1, 'Hazelnut');
insert into transactions (transaction_id, file_id, line_number, sale_key, sold_at, store_id, customer_id, payment_type, total_price)
values (1000000001, 1, 1, 2383797409060094332, '2021-08-25T09:01:00', 1, 1, 'CARD', 5.00);
insert into transactions (transaction_id, file_id, line_number, sale_key, sold_at, store_id, customer_id, payment_type, total_price)
values (1000000002, 1, 2, 7106624193740411608, '2021-08-25T09:02:00', 1, 2, 'CARD', 1.45);
insert into baskets (transaction_id, item_number, product_id, flavour_id, unit_price)
values (1000000001, 2, 1, 1, 2.55);
insert into baskets (transaction_id, item_number, product_id, flavour_id, unit_price)
values (1000000001, 1, 2, NULL, 2.45);
insert into baskets (transaction_id, item_number, product_id, flavour_id, unit_price)
values (1000000002, 1, 3, NULL, 1.45);
insert into load_files (file_id, object_key, content_sha256, version_id, etag, last_modified, sequencer, hash_key_id, rows_read, rows_loaded, rows_rejected, items, total, status, reason, sentence, loaded_at, superseded_by)
values (1, 'leeds_25-08-2021_09-00-00.csv', '567be46d0eda996d64fa5f59916149d1b079e025477386b3525decae32fba31b', 'd6958160-2081-49c1-a825-9d0376509b0e', '1ca234ead20f3e05c80977e39ec59db9', '2026-11-26T04:54:47', '0000000000000001000000000000000000000000000000000000000000000000', '28f145749543f0b8', 3, 2, 1, 3, 6.45, 'loaded', '', '', '2026-11-26T04:54:48.090165', NULL);
insert into rejected_rows (file_id, line_number, column_name, reason, sentence)
values (1, 3, 'total_price', 'total_mismatch', 'The total is 9.99, but the items add up to 2.45.');
