-- suspect_sale_count: one row: how many sales are suspect.
-- Reads suspect_sales.
select count(*) as suspect_sale_count
from suspect_sales;
