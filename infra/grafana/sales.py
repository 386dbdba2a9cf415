"""The dashboard of sales, for head office: by the day of the sale, whenever its file was loaded."""

from typing import Final

from infra.grafana.panels import Panel

TITLE: Final = "Cafe sales"
DESCRIPTION: Final = (
    "Revenue, sales and items of the chosen stores by the day of the sale. A day counts as a whole, by the store's"
    " clock, and a correction counts as soon as it is loaded."
)

PANELS: Final = (
    Panel(
        "totals",
        "totals",
        "Totals",
        "Revenue and sales of all chosen stores and days; pounds and items a sale.",
        ("revenue", "sales", "average_ticket", "items_a_sale"),
        width=24,
        height=4,
    ),
    Panel(
        "revenue_by_day",
        "stacked days",
        "Revenue by day",
        "The revenue of each day, with a piece for each store. A missing file is a missing piece.",
        ("store_name", "revenue"),
        width=16,
    ),
    Panel(
        "sales_by_day",
        "days",
        "Sales and items by day",
        "How many sales and items all chosen stores had on each day.",
        ("sales", "items"),
        width=8,
    ),
    Panel(
        "stores",
        "table",
        "Stores",
        "Each store's figures, the one with the most revenue first. Days: those on which it sold something.",
        ("store_name", "revenue", "sales", "average_ticket", "items_a_sale", "days"),
        width=16,
    ),
    Panel(
        "missing_days",
        "table",
        "Missing days",
        "Days on which a store sold nothing and another one did: its file did not come, was refused, or says that it"
        " was closed. A store that is silent for more than four weeks drops out.",
        ("sold_on", "store_name", "last_sold_on"),
        width=8,
    ),
    Panel(
        "hours",
        "bars",
        "Revenue by hour",
        "The revenue of each hour of the day, by the store's clock, all days together.",
        ("hour_of_day", "revenue"),
    ),
    Panel(
        "payments",
        "shares",
        "Payments",
        "The revenue paid by card, in cash, or otherwise.",
        ("payment_type", "revenue"),
    ),
    Panel(
        "weekday_hours",
        "heat",
        "Revenue by weekday and hour",
        "The revenue of each hour of each day of the week. Four weeks have each of these days four times, so that"
        " they can be compared.",
        ("hour_of_day", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        width=24,
        height=12,
    ),
    Panel(
        "products",
        "table",
        "Products",
        "The twenty products and sizes with the most revenue.",
        ("product_name", "size", "items", "revenue"),
    ),
    Panel(
        "flavours",
        "ranking",
        "Flavours",
        "The twenty flavours with the most items. Items without a flavour are left out.",
        ("flavour_name", "items"),
    ),
)
