-- kept_aside: one row for each item of a sale that a current file states and another current file counts.
-- taken_over_by: the transaction_id of the sale that counts instead. All other columns are as in the tables of facts.
create table if not exists kept_aside (
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
