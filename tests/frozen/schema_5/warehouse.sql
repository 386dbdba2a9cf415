-- schema_version: one row for each version of the schema that the tables have been brought to.
create table schema_version (
    version integer not null,
    applied_at timestamp not null
);

-- load_lock: a load locks it first, so that loads take turns; no reader ever touches it. It has no rows, or one that
-- loads write instead where Redshift refuses LOCK, see chalicelib/warehouse/lock.py.
create table load_lock (
    locked_by varchar(64)
);

-- load_files: the ledger, one row for each version of a file that a load has decided on.
-- Its rows are committed together with the data, so that both always agree. sales_file_id: the file_id under which the
-- sales are that this file states: its own, or that of another file with the same content; null if it states none now.
create table load_files (
    file_id bigint not null,
    object_key varchar(1024) not null,
    content_sha256 char(64) not null,
    version_id varchar(1024) not null,
    etag varchar(64) not null,
    last_modified timestamp not null,
    sequencer varchar(64) not null,
    hash_key_id varchar(64) not null,
    store_name varchar(200) not null,
    rows_read integer not null,
    rows_loaded integer not null,
    rows_rejected integer not null,
    items integer not null,
    total numeric(12, 2) not null,
    status varchar(16) not null,
    reason varchar(64) not null,
    sentence varchar(2000) not null,
    reading varchar(1000) not null,
    remarks varchar(1000) not null,
    loaded_at timestamp not null,
    superseded_by bigint,
    sales_file_id bigint
);

-- rejected_rows: one row for each rejected row of a file, without its content.
create table rejected_rows (
    file_id bigint not null,
    line_number integer not null,
    column_name varchar(32) not null,
    reason varchar(64) not null,
    sentence varchar(500) not null
);

-- file_days: one row for each store and day of which a file states sales, and how many.
create table file_days (
    file_id bigint not null,
    store_key varchar(200) not null,
    sold_on date not null,
    sales integer not null
);

-- stores: one row per store. store_key: its name without case, and with spaces, hyphens and underscores alike; empty
-- for a store of an older warehouse that is another one's by this key.
create table stores (
    store_id bigint not null,
    store_name varchar(200) not null,
    store_key varchar(200) not null
);

-- customers: one row for each name in a store; the name itself is stored nowhere, only its keyed hash. A store's sales
-- without a name belong to its unknown customer, whose hash is empty. customer_id: the transaction_id of the first
-- sale.
create table customers (
    customer_id bigint not null,
    store_id bigint not null,
    customer_hash char(64) not null,
    hash_key_id varchar(64) not null
);

-- products: one row for each product in a size; size is empty if there is none, never null.
create table products (
    product_id bigint not null,
    product_name varchar(200) not null,
    size varchar(20) not null
);

-- flavours: one row per flavour.
create table flavours (
    flavour_id bigint not null,
    flavour_name varchar(200) not null
);

-- transactions: one row per sale that counts. transaction_id = file_id * 1000000000 + line_number; total_price in
-- pounds. sale_key: a 64-bit digest by which a sale is recognised in another file, compared within store and time.
-- visit_key: the same without the customer; null for sales that were loaded before there were such keys.
create table transactions (
    transaction_id bigint not null,
    file_id bigint not null,
    line_number integer not null,
    sale_key bigint not null,
    sold_at timestamp not null,
    store_id bigint not null,
    customer_id bigint not null,
    payment_type varchar(16) not null,
    total_price numeric(10, 2) not null,
    visit_key bigint
);

-- baskets: one row for each item sold; flavour_id is null if there is none; unit_price in pounds.
create table baskets (
    transaction_id bigint not null,
    item_number integer not null,
    product_id bigint not null,
    flavour_id bigint,
    unit_price numeric(10, 2) not null
);

-- kept_aside: one row for each item of a sale that a current file states and another current file counts.
-- taken_over_by: the transaction_id of the sale that counts instead. All other columns are as in the tables of facts.
create table kept_aside (
    transaction_id bigint not null,
    file_id bigint not null,
    line_number integer not null,
    sale_key bigint not null,
    visit_key bigint,
    sold_at timestamp not null,
    store_id bigint not null,
    customer_id bigint not null,
    payment_type varchar(16) not null,
    total_price numeric(10, 2) not null,
    item_number integer not null,
    product_id bigint not null,
    flavour_id bigint,
    unit_price numeric(10, 2) not null,
    taken_over_by bigint not null
);

insert into schema_version (version, applied_at) values (5, '2026-11-27T10:41:11.848025'::timestamp);
insert into load_files (file_id, object_key, content_sha256, version_id, etag, last_modified, sequencer, hash_key_id, store_name, rows_read, rows_loaded, rows_rejected, items, total, status, reason, sentence, reading, remarks, loaded_at, superseded_by, sales_file_id) values (1, 'leeds_25-08-2021_09-00-00.csv', '3a6906c585ee8f97038c3f51750d965e7dbbdc4b470e606ec46df26fc977840c', '8e5e59ec-787d-4b85-88d1-9696c81216ae', 'cf09f2777c55f77eba84f434dbe75a12', '2026-11-27T10:41:13'::timestamp, '0000000000000001000000000000000000000000000000000000000000000000', '3c1ca5e4ff04c251', 'Leeds', 3, 2, 1, 3, 6.45, 'loaded', '', '', 'Format base without a header; columns date and time, store, customer''s name, items, total, payment, card (dropped); UTF-8; dates day first, as the rows show.', '', '2026-11-27T10:41:14.405977'::timestamp, NULL, 1);
insert into rejected_rows (file_id, line_number, column_name, reason, sentence) values (1, 3, 'total_price', 'total_mismatch', 'The total is 9.99, but the items add up to 2.45.');
insert into file_days (file_id, store_key, sold_on, sales) values (1, 'leeds', '2021-08-25'::date, 2);
insert into stores (store_id, store_name, store_key) values (1, 'Leeds', 'leeds');
insert into customers (customer_id, store_id, customer_hash, hash_key_id) values (1000000001, 1, '7fb9809229a69f932b6ac951580c4d4131e7c1e5f9d9f7968b82b5d4a974f179', '3c1ca5e4ff04c251');
insert into customers (customer_id, store_id, customer_hash, hash_key_id) values (1000000002, 1, '874b58e2b1001ebb039bbc15e3a7d8f4b562a1096710d019e281ba528cbcc155', '3c1ca5e4ff04c251');
insert into products (product_id, product_name, size) values (1, 'Flavoured latte', 'Regular');
insert into products (product_id, product_name, size) values (2, 'Latte', 'Large');
insert into products (product_id, product_name, size) values (3, 'Tea', '');
insert into flavours (flavour_id, flavour_name) values (1, 'Hazelnut');
insert into transactions (transaction_id, file_id, line_number, sale_key, sold_at, store_id, customer_id, payment_type, total_price, visit_key) values (1000000001, 1, 1, 8776540507299314957, '2021-08-25T09:01:00'::timestamp, 1, 1000000001, 'CARD', 5.00,  -7510105891972482068);
insert into transactions (transaction_id, file_id, line_number, sale_key, sold_at, store_id, customer_id, payment_type, total_price, visit_key) values (1000000002, 1, 2,  -2421995565038288072, '2021-08-25T09:02:00'::timestamp, 1, 1000000002, 'CARD', 1.45, 6061397917243988814);
insert into baskets (transaction_id, item_number, product_id, flavour_id, unit_price) values (1000000001, 1, 2, NULL, 2.45);
insert into baskets (transaction_id, item_number, product_id, flavour_id, unit_price) values (1000000001, 2, 1, 1, 2.55);
insert into baskets (transaction_id, item_number, product_id, flavour_id, unit_price) values (1000000002, 1, 3, NULL, 1.45);
