-- flavours: deletes those that nobody bought, as with products.
-- Reads baskets and kept_aside; writes flavours.
delete from flavours
where
    flavours.flavour_id not in (
        select baskets.flavour_id
        from baskets
        where baskets.flavour_id is not null
    )
    and flavours.flavour_id not in (
        select kept_aside.flavour_id
        from kept_aside
        where kept_aside.flavour_id is not null
    );
