"""A made-up day of sales, and the formats in which stores may write it: plain csv and decimal, no project code."""

import csv
import hashlib
import hmac
import io
import json
import random
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Final

STORES: Final = ("Leeds", "Isle of Mull", "London Soho", "Ärlö Gård", "O'Hara's, Quay")
NAMES: Final = (
    "Jo Bloggs",
    "Ann Lee",
    "JO BLOGGS",
    "Zoë Ångström",
    "Smith, John",
    'Robert "Bob" Dee',
    "D'Arcy Ng",
    "Müller-Lüdenscheidt",
    "X",
    "7 of 9",
)
PRODUCTS: Final = (
    ("Latte", ("", "Hazelnut")),
    ("Frappes", ("Strawberries & Cream", "Coffee", "Crème brûlée")),
    ("Speciality Tea", ("", "Green", "English breakfast")),
    ("Hot Chocolate", ("",)),
    ("Hot chocolate", ("",)),
    ("Cookie", ("", "Chocolate Cookie")),
    ("7 Seeds Loaf", ("",)),
    ("Café crème", ("", "Vanilla")),
    ("Half-fat Milk", ("",)),
)
SIZES: Final = ("", "Regular", "Large")
BRANDS: Final = ("visa", "discover", "mastercard", "diners-club")

PAYMENT_WORDS: Final = {
    "CARD": (
        "Card",
        "Credit Card",
        "DEBIT",
        "Visa",
        "Mastercard",
        "Amex",
        "Contactless",
        "Chip & PIN",
        "Apple Pay",
    ),
    "CASH": ("cash", "Cash payment", "paid in cash"),
    "OTHER": ("Voucher", "Gift card", "On account", "Online"),
}
EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - stores tell no zone

Row = list[str]


@dataclass(frozen=True)
class Item:
    """One thing that was bought."""

    size: str
    product: str
    flavour: str
    price: Decimal


@dataclass(frozen=True)
class Sale:
    """One customer's purchase."""

    at: datetime
    store: str
    customer: str
    items: tuple[Item, ...]
    card: str
    """Empty if it was not paid by card."""
    is_voucher: bool = False

    @property
    def total(self) -> Decimal:
        """The sum of the items, in pounds."""
        return sum((item.price for item in self.items), Decimal(0))

    @property
    def payment(self) -> str:
        """CARD, CASH or OTHER."""
        return "CARD" if self.card else "OTHER" if self.is_voucher else "CASH"


def day(seed: int, *, with_seconds: bool = False) -> list[Sale]:
    """Return a random day of a store; some sales occur twice."""
    dice = random.Random(seed)  # noqa: S311 - it hides nothing
    year, month, first = dice.randrange(2005, 2025), dice.randrange(1, 13), dice.randrange(1, 29)
    at = datetime(year, month, first, 7)  # noqa: DTZ001 - stores tell no zone
    store = dice.choice(STORES)
    sales: list[Sale] = []
    for _ in range(dice.randrange(1, 40)):
        at += timedelta(minutes=dice.randrange(9), seconds=dice.randrange(60) if with_seconds else 0)
        card = str(dice.randrange(10**12, 10**16)) if dice.random() < 1 / 2 else ""
        sale = Sale(at, store, dice.choice(NAMES), _items(dice), card, is_voucher=dice.random() < 1 / 4)
        sales += [sale] * (2 if dice.random() < 1 / 10 else 1)
    return sales


def _items(dice: random.Random) -> tuple[Item, ...]:
    items = []
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        product, flavours = dice.choice(PRODUCTS)
        price = Decimal(dice.choice((0, 130, 200, dice.randrange(1, 1000)))) / 100
        item = Item(dice.choice(SIZES), product, dice.choice(flavours), price)
        items += [item] * dice.choice((1, 1, 1, 1, 2, 3))
    return tuple(items)


def hashed(store: str, name: str, key: bytes) -> str:
    """Return the customer hash of a name in a store."""
    store, name = (unicodedata.normalize("NFC", text).casefold() for text in (store, name))
    message = " ".join(re.split(r"[-_\s]+", store)) + "\n" + " ".join(name.split())
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def short(amount: Decimal) -> str:
    """Return an amount as a till's float prints it: `5.2`, `2.0`."""
    return str(float(amount))


def shortest(amount: Decimal) -> str:
    """Return an amount without any zero that can go: `5.2`, `2`."""
    return f"{amount:.2f}".rstrip("0").rstrip(".")


def long(amount: Decimal) -> str:
    """Return an amount with its pence."""
    return f"{amount:.2f}"


def spelled(item: Item, after_size: str = " ") -> str:
    """Return an item as most stores write it: `Large Latte - Hazelnut - 2.45`."""
    flavour = f" - {item.flavour}" if item.flavour else ""
    return f"{item.size}{after_size if item.size else ''}{item.product}{flavour} - {item.price:.2f}"


def basket(sale: Sale) -> str:
    """Return a basket as most stores write it."""
    return ", ".join(map(spelled, sale.items))


def triples(sale: Sale) -> str:
    """Return a basket as triples of size, name and price: `Large,Latte - Hazelnut,2.45,,Tea,1.2`."""
    names = (f"{item.product} - {item.flavour}" if item.flavour else item.product for item in sale.items)
    return ",".join(
        f"{item.size},{name},{shortest(item.price)}" for item, name in zip(sale.items, names, strict=True)
    )


def card_of_brand(sale: Sale) -> str:
    """Return brand and number of a card, `None` if there is none."""
    return f"{BRANDS[len(sale.card) % len(BRANDS)]},{sale.card}" if sale.card else "None"


def base_row(
    sale: Sale,
    *,
    time: str = "%d/%m/%Y %H:%M",
    total: Callable[[Decimal], str] = short,
    items: Callable[[Sale], str] = basket,
    card: Callable[[str], str] = str,
) -> Row:
    """Return a row with the columns that most formats have."""
    return [
        sale.at.strftime(time),
        sale.store,
        sale.customer,
        items(sale),
        total(sale.total),
        sale.payment,
        card(sale.card) if sale.card else "",
    ]


def text(rows: Iterable[Sequence[str]], header: str = "", end: str = "\n") -> str:
    """Return a file of rows, below the header if there is one."""
    lines = io.StringIO()
    lines.write(header + end if header else "")
    csv.writer(lines, lineterminator=end).writerows(rows)
    return lines.getvalue()


def separated(content: bytes, separator: str) -> bytes:
    """Return a file in UTF-8 with another sign between its columns."""
    lines = content.decode()
    rows = csv.reader(io.StringIO(lines, newline=""), skipinitialspace=True)
    result = io.StringIO()
    end = "\r\n" if "\r\n" in lines else "\n"
    csv.writer(result, delimiter=separator, lineterminator=end).writerows(rows)
    return result.getvalue().encode()


LONG_HEADER: Final = (
    'Timestamp of Purchase,Store Name,Customer Name,"Basket Items (Name, Size & Price)",'
    "Total Price,Cash/Card,Card Number (Empty if Cash)"
)
TRIPLES_HEADER: Final = "timestamp,branch,custumer,basket,method,price,card"
OTHER_TRIPLES_HEADER: Final = "timestamp,branch,custumer,basket,price,method,card"


def base(sales: list[Sale]) -> bytes:
    """Write the base format."""
    return text(map(base_row, sales)).encode()


def two_decimals(sales: list[Sale]) -> bytes:
    """Write the base format with two decimals in totals, its last line a single space."""
    return (text(base_row(sale, total=long) for sale in sales) + " \n").encode()


def windows(sales: list[Sale]) -> bytes:
    """Write the base format in Windows-1252 with CRLF."""
    return text(map(base_row, sales), end="\r\n").encode("cp1252")


def marked(sales: list[Sale]) -> bytes:
    """Write the base format with a byte order mark."""
    return text(map(base_row, sales)).encode("utf-8-sig")


def month_first(sales: list[Sale]) -> bytes:
    """Write the base format with American dates; where the rows are ambiguous, the file's name has to show the date."""
    return text(base_row(sale, time="%m/%d/%Y %H:%M") for sale in sales).encode()


def _triples_row(sale: Sale, *, payment_first: bool) -> Row:
    paid = [sale.payment, short(sale.total)]
    return [
        sale.at.strftime("%Y-%m-%d %H:%M:%S"),
        sale.store,
        sale.customer,
        triples(sale),
        *(paid if payment_first else reversed(paid)),
        card_of_brand(sale),
    ]


def in_triples(sales: list[Sale]) -> bytes:
    """Write triples without a header, payment before total, CRLF."""
    return text((_triples_row(sale, payment_first=True) for sale in sales), end="\r\n").encode()


def in_triples_with_headers(sales: list[Sale]) -> bytes:
    """Write triples with a header before every third sale; headers have payment and total in turns in either order."""
    parts = []
    for place in range(0, len(sales), 3):
        payment_first = place % 2 == 0
        rows = [_triples_row(sale, payment_first=payment_first) for sale in sales[place : place + 3]]
        parts.append(text(rows, TRIPLES_HEADER if payment_first else OTHER_TRIPLES_HEADER))
    return "".join(parts).encode()


def in_triples_against_headers(sales: list[Sale]) -> bytes:
    """Write triples with a header that is wrong about payment and total in every second row."""
    rows = [_triples_row(sale, payment_first=place % 2 == 0) for place, sale in enumerate(sales)]
    return text(rows, TRIPLES_HEADER).encode()


def set_off(sales: list[Sale]) -> bytes:
    """Write the format `products`: a dash behind each size, only the last four digits of the card."""
    rows = (
        base_row(
            sale,
            time="%d-%m-%Y %H:%M",
            items=lambda sale: ", ".join(spelled(item, " - ") for item in sale.items),
            card=lambda card: card[-4:],
        )
        for sale in sales
    )
    return text(rows, PRODUCTS_HEADER).encode()


def long_headings(sales: list[Sale]) -> bytes:
    """Write the format `long headings`: cards as floats."""
    return text((base_row(sale, card=lambda card: f"{card}.0") for sale in sales), LONG_HEADER).encode()


def _apart(sale: Sale, time: str) -> Row:
    return [sale.at.strftime("%d/%m/%Y"), sale.at.strftime(time), *base_row(sale)[1:]]


DAY_AND_TIME_HEADER: Final = (
    "date,time,location,customer_name,items_total,amount_paid,payment_method,card_number"
)


def day_and_time(sales: list[Sale]) -> bytes:
    """Write the format `day and time` with seconds."""
    return text((_apart(sale, "%H:%M:%S") for sale in sales), DAY_AND_TIME_HEADER).encode()


def day_and_minutes(sales: list[Sale]) -> bytes:
    """Write the format `day and time` without seconds and header."""
    return text(_apart(sale, "%H:%M") for sale in sales).encode()


def items(sales: list[Sale]) -> bytes:
    """Write the format `items`: cards of twenty digits."""
    rows = (base_row(sale, card=lambda card: card.rjust(20, "9")) for sale in sales)
    return text(rows, "Date,Location,Customer Name,Items,Total,Payment Method,Card Number").encode()


def excel(sales: list[Sale]) -> bytes:
    """Write the format `orders`, saved by Excel: no leading zeros, cards in scientific notation."""
    return _excel(sales, "date,branch_name,customer,orders,total_price,payment_method,card_number")


def excel_without_header(sales: list[Sale]) -> bytes:
    """Write the format `orders`, saved by Excel, without its header."""
    return _excel(sales, "")


def _excel(sales: list[Sale], header: str) -> bytes:
    def row(sale: Sale) -> Row:
        at = sale.at
        timestamp = f"{at.day}/{at.month}/{at.year} {at.hour}:{at.minute:02}"
        return [
            timestamp,
            *base_row(sale, total=shortest, card=lambda card: f"{float(card):.5E}".replace("E+0", "E+"))[1:],
        ]

    return text(map(row, sales), header, "\r\n").encode("utf-8-sig")


def one_order(sales: list[Sale]) -> bytes:
    """Write the format `one order`: a header with spaces."""
    return text(
        map(base_row, sales), "time, branch, name, order, price, payment, credit-card-number"
    ).encode()


def items_ordered(sales: list[Sale]) -> bytes:
    """Write the format `items ordered`."""
    return text(
        map(base_row, sales),
        "Timestamp,Location,Customer Name,Items Ordered,Total Amount,Payment Method,Card Number",
    ).encode()


def _of_times(form: str) -> Callable[[list[Sale]], bytes]:
    """Return a writer of the base format with other times."""
    return lambda sales: text(base_row(sale, time=form) for sale in sales).encode()


def serial_numbers(sales: list[Sale]) -> bytes:
    """Write times as Excel's serial numbers."""
    rows = (
        [f"{Decimal((sale.at - EPOCH).total_seconds()) / 86400:.9f}", *base_row(sale)[1:]] for sale in sales
    )
    return text(rows).encode()


def _of_amounts(amount: Callable[[Decimal], str]) -> Callable[[list[Sale]], bytes]:
    """Return a writer of the base format with other amounts, in totals and prices."""

    def write(sales: list[Sale]) -> bytes:
        def items(sale: Sale) -> str:
            return ", ".join(
                spelled(item).removesuffix(f"{item.price:.2f}") + amount(item.price) for item in sale.items
            )

        return text(base_row(sale, total=amount, items=items) for sale in sales).encode()

    return write


def payments_in_words(sales: list[Sale]) -> bytes:
    """Write payments as tills call them, in turns."""
    rows = []
    for place, sale in enumerate(sales):
        words = PAYMENT_WORDS[sale.payment]
        rows.append([*base_row(sale)[:5], words[place % len(words)], sale.card])
    return text(rows).encode()


def _of_baskets(items: Callable[[Sale], str]) -> Callable[[list[Sale]], bytes]:
    """Return a writer of the base format with other baskets."""
    return lambda sales: text(base_row(sale, items=items) for sale in sales).encode()


def _with_dash(dash: str) -> Callable[[Sale], str]:
    return lambda sale: basket(sale).replace(" - ", f" {dash} ")


def _in_lower_case(sale: Sale) -> str:
    return ", ".join(spelled(replace(item, size=item.size.lower())) for item in sale.items)


def _counted(write: Callable[[int, Item], str]) -> Callable[[Sale], str]:
    """Return a writer of baskets in which equal items next to each other are one, with a count."""
    return lambda sale: ", ".join(
        write(len(list(equal_items)), item) for item, equal_items in groupby(sale.items)
    )


def _for_all(count: int, item: Item) -> str:
    return f"{count}x {spelled(replace(item, price=item.price * count))}"


def _for_each(count: int, item: Item) -> str:
    return f"{count} x {spelled(item)}"


def _behind(count: int, item: Item) -> str:
    return spelled(replace(item, product=f"{item.product} x{count}"))


def spaces_before_fields(sales: list[Sale]) -> bytes:
    """Write a space before each field, even if the field is in quotation marks."""
    rows = (
        ", ".join('"{}"'.format(cell.replace('"', '""')) for cell in base_row(sale)) + "\n" for sale in sales
    )
    return "".join(rows).encode()


def comma(amount: Decimal) -> str:
    """Return an amount with its pence behind a comma: `5,20`."""
    return long(amount).replace(".", ",")


PRODUCTS_HEADER: Final = "date,location,customer_name,products,total,payment_type,card_number"


def _of_decimal_commas(
    separator: str, header: str = "", *, total: Callable[[Decimal], str] = comma, joint: str = ", "
) -> Callable[[list[Sale]], bytes]:
    """Return a writer of the base format with decimal commas; `joint` stands between two items."""

    def items(sale: Sale) -> str:
        return joint.join(spelled(item).replace(long(item.price), comma(item.price)) for item in sale.items)

    def write(sales: list[Sale]) -> bytes:
        rows = [base_row(sale, total=total, items=items) for sale in sales]
        return separated(text(rows, header).encode(), separator)

    return write


def excel_with_semicolons(sales: list[Sale]) -> bytes:
    """Write what Excel saves where the comma is decimal: totals and cards change, texts do not."""
    rows = (
        [
            *base_row(sale)[:4],
            shortest(sale.total).replace(".", ","),
            sale.payment,
            f"{float(sale.card):.5E}".replace(".", ",") if sale.card else "",
        ]
        for sale in sales
    )
    return b"\xef\xbb\xbf" + separated(text(rows, PRODUCTS_HEADER, "\r\n").encode(), ";")


def triples_with_decimal_commas(sales: list[Sale]) -> bytes:
    """Write triples whose prices have decimal commas, columns separated by semicolons."""

    def items(sale: Sale) -> str:
        return ",".join(
            ",".join((item.size, " - ".join(filter(None, (item.product, item.flavour))), comma(item.price)))
            for item in sale.items
        )

    return separated(text(base_row(sale, total=comma, items=items) for sale in sales).encode(), ";")


def bars(sales: list[Sale]) -> bytes:
    """Write the format `day and time` as databases print tables: bars with spaces around them."""
    rows = [next(csv.reader([DAY_AND_TIME_HEADER])), *(_apart(sale, "%H:%M:%S") for sale in sales)]
    return "".join(" | ".join(row) + "\n" for row in rows).encode()


def tabs(sales: list[Sale]) -> bytes:
    """Write triples below headers, columns separated by tabs."""
    return separated(in_triples_with_headers(sales), "\t")


DIALECTS: Final[dict[str, Callable[[list[Sale]], bytes]]] = {
    writer.__name__: writer
    for writer in (
        base,
        two_decimals,
        windows,
        marked,
        month_first,
        in_triples,
        in_triples_with_headers,
        in_triples_against_headers,
        set_off,
        long_headings,
        day_and_time,
        day_and_minutes,
        items,
        excel,
        excel_without_header,
        one_order,
        items_ordered,
        serial_numbers,
        payments_in_words,
        spaces_before_fields,
        excel_with_semicolons,
        triples_with_decimal_commas,
        tabs,
        bars,
    )
} | {
    "short_years": _of_times("%d/%m/%y %H:%M"),
    "short_years_with_dots": _of_times("%d.%m.%y %H:%M"),
    "short_names_of_months": _of_times("%d-%b-%Y %H:%M"),
    "names_of_months": _of_times("%d %B %Y %H:%M"),
    "comma_before_the_time": _of_times("%d/%m/%Y, %H:%M:%S"),
    "offsets": _of_times("%Y-%m-%d %H:%M:%S +0100"),
    "utc": _of_times("%Y-%m-%dT%H:%M:%SZ"),
    "no_leading_zero": _of_amounts(lambda amount: long(amount).removeprefix("0")),
    "floats": _of_amounts(lambda amount: f"{float(amount):.17g}"),
    "pounds_and_code": _of_amounts(lambda amount: f"GBP {amount:.2f}"),
    "pounds_decoded_twice": _of_amounts(lambda amount: f"Â£{amount:.2f}"),
    "en_dashes": _of_baskets(_with_dash("\N{EN DASH}")),
    "em_dashes": _of_baskets(_with_dash("\N{EM DASH}")),
    "semicolons_between_items": _of_baskets(lambda sale: "; ".join(map(spelled, sale.items))),
    "items_on_lines": _of_baskets(lambda sale: "\n".join(map(spelled, sale.items))),
    "lists_of_items": _of_baskets(lambda sale: str(list(map(spelled, sale.items)))),
    "lists_in_json": _of_baskets(lambda sale: json.dumps(list(map(spelled, sale.items)), ensure_ascii=False)),
    "items_in_brackets": _of_baskets(lambda sale: f"[{basket(sale)}]"),
    "sizes_in_lower_case": _of_baskets(_in_lower_case),
    "counts_with_price_for_all": _of_baskets(_counted(_for_all)),
    "counts_with_price_for_each": _of_baskets(_counted(_for_each)),
    "counts_behind_names": _of_baskets(_counted(_behind)),
    "semicolons": lambda sales: separated(base(sales), ";"),
    "semicolons_and_decimal_commas": _of_decimal_commas(";", PRODUCTS_HEADER),
    "semicolons_between_columns_and_items": _of_decimal_commas(";", joint="; "),
    "tabs_and_decimal_commas": _of_decimal_commas("\t", joint=","),
}
"""The writers of all formats by name. Only `month_first` needs a file name that has the date."""

SEPARATORS: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "excel_with_semicolons",
            "triples_with_decimal_commas",
            "semicolons",
            "semicolons_and_decimal_commas",
            "semicolons_between_columns_and_items",
        ),
        ";",
    ),
    **dict.fromkeys(("tabs", "tabs_and_decimal_commas"), "\t"),
    "bars": "|",
}
"""The sign between the columns of formats in which it is no comma."""


def in_utf_16(write: Callable[[list[Sale]], bytes], encoding: str) -> Callable[[list[Sale]], bytes]:
    """Return a writer of the same file in UTF-16, with a byte order mark."""
    return lambda sales: ("\ufeff" + write(sales).decode("utf-8-sig")).encode(encoding)


def _unicode_text(sales: list[Sale]) -> bytes:
    return separated(text(map(base_row, sales), PRODUCTS_HEADER, "\r\n").encode(), "\t")


IN_UTF_16: Final[dict[str, Callable[[list[Sale]], bytes]]] = {
    "unicode_text": in_utf_16(_unicode_text, "utf-16-le"),
    "unicode_text_with_big_bytes_first": in_utf_16(_unicode_text, "utf-16-be"),
    "base_in_utf_16": in_utf_16(base, "utf-16-le"),
    "semicolons_in_utf_16": in_utf_16(DIALECTS["semicolons_and_decimal_commas"], "utf-16-be"),
}
"""The writers of files in UTF-16, such as the one that Excel calls Unicode text."""

KEEP_SECONDS: Final = frozenset(
    {"in_triples", "in_triples_with_headers", "in_triples_against_headers", "day_and_time"}
    | {"serial_numbers", "comma_before_the_time", "offsets", "utc", "tabs", "bars"}
)
"""Formats that keep the seconds. The others lose them, which changes the sale keys of equal sales in a minute."""
