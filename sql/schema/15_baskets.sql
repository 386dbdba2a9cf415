-- baskets: one row for each item sold; flavour_id is null if there is none; unit_price in pounds.
create table if not exists baskets (
    transaction_id bigint not null,
    item_number integer not null,
    product_id bigint not null,
    flavour_id bigint,
    unit_price numeric(10, 2) not null
);
