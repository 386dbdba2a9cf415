-- suspect_sale_count: one row: the number of suspect sales.
-- Reads suspect_sales.
select count(*) as suspect_sale_count
from suspect_sales;
