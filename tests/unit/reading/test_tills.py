"""What well-known tills export is refused with a sentence that says what it is, not for a heading."""

import pytest

from tests.support.staged_parts import stage

ROW_PER_ITEM = "This file has a row for each item sold; this warehouse takes a row for each sale."
WITHOUT_ITEMS = "This file has a row for each sale or payment, but lacks the items and their prices."

PER_ITEM = {
    "quantity": "Date,Receipt,Item,Quantity,Gross sales,Store\n25/03/2021 09:00,1,Latte,2,4.30,Leeds\n",
    "item without quantity": "date,cash_type,card,money,coffee_name\n2021-03-25 09:00,card,ANON,3.87,Latte\n",
    "unit price": "sale_id,sale_date,sale_time,store,product,unit_price\n1,2021-03-25,09:00,Leeds,Latte,2.15\n",
    "complete header": "date,location,customer,item,quantity,total,payment_type\n"
    "25/03/2021 09:00,Leeds,Jo,Latte,2,4.30,CARD\n",
    "title above": "Leeds Coffee Ltd\nItem sales\n\nDate,Menu Item,Qty,Net Price\n3/25/2021 9:00,Latte,1,2.15\n",
    "tabs": "Artikel\tAnzahl\tUmsatz\nLatte\t2\t4.30\nTee\t1\t1.45\n",
    "no rows": "Date,Receipt,Item,Quantity,Gross sales,Store\n",
}
NO_ITEMS = {
    "payments": "Payment Date,Payment ID,Tender,Amount,Customer Name\n25/03/2021 09:00,P1,Card,4.60,Jo Bloggs\n",
    "names of items": "Date,Receipt,Store,Total collected,Payment type,Description\n"
    '25/03/2021 09:00,1,Leeds,4.60,Card,"1 x Latte (Regular), 1 x Latte (Large)"\n',
}


@pytest.mark.parametrize("till", PER_ITEM)
def test_a_row_for_each_item_is_refused_as_that(till: str) -> None:
    request = stage(PER_ITEM[till].encode()).request

    assert (request.reason, request.sentence) == ("row_per_item", ROW_PER_ITEM)


@pytest.mark.parametrize("till", NO_ITEMS)
def test_sales_without_their_items_are_refused_as_that(till: str) -> None:
    request = stage(NO_ITEMS[till].encode()).request

    assert (request.reason, request.sentence) == ("without_items", WITHOUT_ITEMS)


def test_a_number_of_items_beside_the_items_is_no_row_for_each_item() -> None:
    content = (
        "date,location,customer,items,quantity,total,payment_type\n"
        '25/03/2021 09:00,Leeds,Jo,"Latte - 2.15, Tea - 1.45",2,3.60,CARD\n'
    )
    staged = stage(content.encode())

    assert (staged.reason, len(staged.sales), len(staged.items)) == ("", 1, 2)


def test_a_list_of_deliveries_is_no_list_of_sales() -> None:
    content = "item,supplier,delivered,quantity,unit_cost\nOat drink,Hollow Lane,2022-03-11,48,1.12\n"

    assert stage(content.encode()).reason == "unknown_header"
