"""Files that an enemy may craft to take time or memory: many lines of a kind, or long fields."""

import csv
from collections.abc import Callable
from typing import Final

from chalicelib.reading.csv_blocks import LONGEST_FIELD
from chalicelib.reading.formats import FORMATS

ROWS: Final = {
    "base": (
        '25/08/2021 09:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Tea - 1.20",3.65,CARD,5494000000000000',
        "",
    ),
    "triples": (
        '2021-08-25 09:00:00,Leeds,Jo Bloggs,"Large,Latte,2.45,,Tea,1.2",CARD,3.65,None',
        FORMATS[1].header,
    ),
    "semicolons": (
        '25/08/2021 09:00;Leeds;Jo Bloggs;"Large Latte - 2,45; Tea - 1,20";3,65;CARD;5494000000000000',
        FORMATS[2].header.replace(",", ";"),
    ),
    "day and time": (
        '25/08/2021,09:00:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Tea - 1.20",3.65,CARD,5494000000000000',
        FORMATS[4].header,
    ),
    "unknown headings": (
        '25/08/2021 09:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Tea - 1.20",3.65,CARD,5494000000000000',
        "when it was,location,whom,what they had,how much,means,field g",
    ),
    "another order": (
        'CARD,3.65,"Large Latte - 2.45, Tea - 1.20",Jo Bloggs,Leeds,25/08/2021 09:00',
        "Paid by,Sum,Basket items,Guest,Shop,Order date",
    ),
    "numbered": (
        '7,25/08/2021 09:00,Leeds,Jo Bloggs,"Large Latte - 2.45, Tea - 1.20",3.65,CARD,5494000000000000',
        "",
    ),
}
"""A row and a header of a layout; without a header, the row's values show the layout."""

SEPARATORS: Final = {"semicolons": ";"}
"""The sign between the columns of a layout, if it is no comma."""

FILLERS: Final = (
    *(
        " ",
        "0",
        ",",
        "T",
        "\u00a3",
        "_",
        "\n",
        "\u0130",
        " - ",
        '""',
        "1/",
        "123,",
        "1.20 ",
        ",Tea,1.20",
        "Tea - 1.20, ",
    ),
    *(";", ".000", " - 1,20;"),
    # Accents that are not in the order of NFC, a noncharacter, and a name of the menu with a comma
    *("\u0315\u0300\u05b0", "\ufdd0", "Strawberries, Bananas & Cream"),
)
"""Texts that an enemy may repeat without end."""

HEADER: Final = "date,location,customer_name,products,total,payment_type,card_number\n"
SALE: Final = f"{ROWS['base'][0]}\n"
SEMICOLONS: Final = f"{ROWS['semicolons'][0]}\n"
LINES: Final[dict[str, Callable[[int], str]]] = {
    "letters": lambda _: "a\n",
    "empty lines": lambda _: "\n",
    "carriage returns": lambda _: "\r",
    "commas": lambda _: ",\n",
    "many commas": lambda _: "," * 100_000 + "\n",
    "wrong totals": lambda _: SALE.replace("3.65", "3.66"),
    "different dates": lambda number: SALE.replace("25", str(number), 1),
    "different totals": lambda number: SALE.replace("3.65", str(number)),
    "different stores": lambda number: SALE.replace("Leeds", f"S{number}"),
    "different products": lambda number: SALE.replace("Tea", f"T{number}"),
    "equal sales": lambda _: SALE,
    "headers": lambda _: HEADER + SALE,
    "headers that move columns": lambda number: (
        HEADER if number % 2 else HEADER.replace("date,location", "location,date")
    ),
    "small tables": lambda number: f"Store,Customers,Total,T{number}\nLeeds,5,22.60\n",
    "small tables of unknown headings": lambda number: f"Date,who,what,how{number}\n25/08/2021,5,22.60,x\n",
    "quotes that are never closed": lambda _: SALE.replace("Leeds", '"Leeds'),
    "quotes alone": lambda _: '"\n',
    "long lines after a quote": lambda _: f'"{"x" * 1_200}\n',
    "line breaks in quotes": lambda _: SALE.replace("Jo", '"Jo' + 90 * "\n" + '"'),
    "triples": lambda _: f'2021-08-25 09:00,Leeds,Jo,"{",Tea,0.00," * 1000},Tea,0.00",0.00,CARD,\n',
    "semicolons": lambda _: SEMICOLONS,
    "wrong totals with decimal commas": lambda _: SEMICOLONS.replace("3,65", "3,66"),
    "different prices with decimal commas": lambda number: SEMICOLONS.replace("1,20", f"{number % 1000},20"),
    "many semicolons": lambda _: ";" * 100_000 + "\n",
    "few semicolons": lambda _: "a;b;c;d\n",
    "quotes that are never closed among semicolons": lambda _: SEMICOLONS.replace("Leeds", '"Leeds'),
    "headers that move columns among semicolons": lambda number: (
        (
            FORMATS[2].header if number % 2 else FORMATS[2].header.replace("date,location", "location,date")
        ).replace(",", ";")
        + "\n"
    ),
    "no letters": lambda _: SALE.replace("Leeds", "\ufdd0"),
}
"""The line of a number, by its kind."""


def filled(filler: str, letters: int) -> str:
    """Return a text of a filler that is repeated."""
    return filler * (letters // len(filler))


def of_lines(line: Callable[[int], str], size: int) -> bytes:
    """Return a file of about this many letters: one sale or several, and lines of a kind below."""
    lines, letters = [SEMICOLONS * 5 if ";" in line(0) else SALE], 0
    while letters < size:
        lines.append(line(len(lines) - 1))
        letters += len(lines[-1])
    return "".join(lines).encode()


def of_long_fields(layout: str, filler: str, size: int) -> bytes:
    """Return a file of about this many letters: a sale, and rows in which one field in turn is long."""
    row, header = ROWS[layout]
    lines, letters = [f"{header}\n{row}\n"], 0
    separator = SEPARATORS.get(layout, ",")
    cells = next(csv.reader([row], delimiter=separator))
    field = filled(filler, size // 8).replace('"', '""')[: LONGEST_FIELD - 1]
    while letters < size:
        for place in range(len(cells)):
            lines.append(
                separator.join(f'"{field if place == at else cell}"' for at, cell in enumerate(cells)) + "\n"
            )
            letters += len(lines[-1])
    return "".join(lines).encode()
