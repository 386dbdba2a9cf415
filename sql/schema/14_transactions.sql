-- transactions: one row per sale that counts. transaction_id = file_id * 1000000000 + line_number; total_price in
-- pounds. sale_key: a 64-bit digest by which a sale is recognised in another file, compared within store and time.
-- visit_key: the same without the customer; null for sales that were loaded before there were such keys.
create table if not exists transactions (
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
