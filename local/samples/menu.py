"""The menus of the made-up cafes: products in two sizes, some with flavours, and their prices."""

import random
from dataclasses import dataclass
from typing import Final

STORES: Final = (
    "Brackenford",
    "Dunley Quay",
    "Alder Cross",
    "Chalk Mill",
    "Ferriby-on-the-Water",
    "Great Hollin",
    "Inchmore",
    "Kestrel Bay",
    "Lower Pendle Green",
    "Marram",
    "Oxney St Anne",
    "Thornwick",
)
"""No real place has one of these names."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product and its prices in pence. An empty flavour means that it is sold plain too."""

    name: str
    regular: int
    large: int
    flavours: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a menu as a till writes it, such as `Large Latte - 2.45`, and its price in pence."""

    text: str
    price: int


@dataclass(frozen=True, slots=True)
class Menu:
    """The items of a store, with a weight for each: how often customers buy it."""

    items: tuple[Item, ...]
    weights: tuple[int, ...]


STAPLES: Final = (
    Product("Flat white", 265, 305),
    Product("Cappuccino", 270, 315),
    Product("Breakfast tea", 155, 190),
    Product("Flavoured cappuccino", 295, 335, ("Cinnamon", "Gingerbread", "Toffee")),
)
SPECIALS: Final = (
    Product("Americano", 215, 255),
    Product("Cortado", 235, 275),
    Product("Ristretto", 165, 200),
    Product("Oat latte", 285, 330),
    Product("Dirty chai", 310, 350),
    Product("Cold brew", 290, 345, ("", "Orange", "Maple")),
    Product("Hot chocolate", 280, 325, ("", "Mint", "Salted caramel")),
    Product("Leaf tea", 185, 225, ("Assam", "Jasmine", "Rooibos", "Lemon & ginger")),
    Product("Milkshake", 320, 395, ("Banana", "Malt", "Peanut butter")),
    Product("Smoothie", 340, 400, ("Berry & lime", "Mango", "Spinach & apple")),
    Product("Iced matcha", 315, 360),
    Product("Cloudy lemonade", 225, 270, ("", "Rhubarb", "Elderflower")),
)
SHARE_OF_SPECIALS: Final = 0.6
SURCHARGES: Final = (0, 5, 10, 20)
"""Pence that a store adds to every price: some stores are dearer than others."""


def menu_of(store: str) -> Menu:
    """Return a store's menu: the staples and some specials. The same name always has the same menu."""
    rng = random.Random(f"menu/{store}")
    specials = tuple(product for product in SPECIALS if rng.random() < SHARE_OF_SPECIALS)
    surcharge = rng.choice(SURCHARGES)
    items = tuple(item for product in STAPLES + specials for item in _items(product, surcharge))
    return Menu(items, tuple(rng.choices(range(1, 10), k=len(items))))


def pounds(pence: int) -> str:
    """Write pence as pounds with two decimals."""
    return f"{pence // 100}.{pence % 100:02}"


def _items(product: Product, surcharge: int) -> list[Item]:
    """Return an item for each size and flavour of a product, such as `Large Cold brew - Maple - 3.50`."""
    return [
        Item(" - ".join(filter(None, (f"{size} {product.name}", flavour, pounds(price)))), price)
        for size, price in (("Regular", product.regular + surcharge), ("Large", product.large + surcharge))
        for flavour in product.flavours
    ]
