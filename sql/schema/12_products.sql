-- products: one row for each product in a size; size is empty if there is none, never null.
create table if not exists products (
    product_id bigint not null,
    product_name varchar(200) not null,
    size varchar(20) not null
);
