-- Flavours: the twenty flavours with the most items.
select
    flavour_sales.flavour_name,
    sum(flavour_sales.items) as items
from flavour_sales
where
    $__timeFilter(flavour_sales.sold_on)
    and flavour_sales.store_name in (${store:sqlstring})
    and flavour_sales.flavour_name <> ''
group by flavour_sales.flavour_name
order by items desc, flavour_sales.flavour_name asc
limit 20;
