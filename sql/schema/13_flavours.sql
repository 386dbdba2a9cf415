-- flavours: one row per flavour.
create table if not exists flavours (
    flavour_id bigint not null,
    flavour_name varchar(200) not null
);
