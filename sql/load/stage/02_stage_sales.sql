-- stage_sales: one row for each sale of the requested files.
-- Filled by COPY; chalicelib/parts.py has the same columns. customer_hash is empty for a sale without a name.
create temp table stage_sales (
    ingest_id bigint not null,
    line_number integer not null,
    sold_at timestamp not null,
    store_name varchar(200) not null,
    customer_hash char(64) not null,
    payment_type varchar(16) not null,
    total_price numeric(10, 2) not null,
    sale_key bigint not null,
    visit_key bigint not null,
    store_key varchar(200) not null
);
