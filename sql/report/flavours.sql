-- flavours: one row for each flavour that was sold on a day: items and revenue in pounds, the most items first.
-- Reads flavour_sales; parameters: day; store_name, empty for all.
select
    flavour_sales.flavour_name,
    cast(sum(flavour_sales.items) as bigint) as items,
    sum(flavour_sales.revenue) as revenue
from flavour_sales
where
    flavour_sales.sold_on = %(day)s
    and flavour_sales.flavour_name <> ''
    and %(store_name)s in ('', flavour_sales.store_name)
group by flavour_sales.flavour_name
order by sum(flavour_sales.items) desc, flavour_sales.flavour_name asc;
