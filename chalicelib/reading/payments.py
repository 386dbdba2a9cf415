"""The words by which tills name a payment, and the payment type for which each of them stands. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from chalicelib.chain import CHAIN

CARD: Final = """
    card, cards, credit, debit, bank card, payment card, card payment, card sale, paid by card, by card, card
    machine, card reader, cc, pdq, eft, eftpos, visa, electron, v pay, mastercard, master card, mc, maestro,
    amex, american express, diners, diners club, discover, jcb, union pay, contactless, tap, tapped, swipe,
    swiped, keyed, chip, pin, chip and pin, chip n pin, emv, nfc, card present, card not present, apple pay,
    google pay, g pay, android pay, samsung pay, garmin pay
"""
CASH: Final = """
    cash, csh, cash payment, cash sale, cash tender, cash tendered, cash only, paid cash, paid in cash, paid by
    cash, in cash, by cash, coin, coins, notes, notes and coins
"""
OTHER: Final = """
    other, other payment, other tender, voucher, vouchers, e voucher, gift voucher, gift, gift card, e gift
    card, gift certificate, coupon, coupons, token, luncheon voucher, meal voucher, store credit, store card,
    credit note, deposit, prepaid, pre paid, loyalty, loyalty card, loyalty points, points, reward, rewards,
    stamp card, account, on account, house account, customer account, staff account, account sale, charge to
    account, tab, invoice, online, online payment, online order, paid online, web, web order, website, app, in
    app, mobile app, app order, qr code, pay pal, klarna, bank transfer, transfer, bacs, direct debit, faster
    payment, deliveroo, just eat, uber eats, split, split payment, split tender, mixed, mixed payment
"""
"""What tills call each type. A word that is not here, such as `cheque`, rejects its row; a chain may add it."""

LONGEST: Final = 64
"""No payment is longer; longer texts are not searched."""

MOST_WORDS: Final = 4
"""The longest phrase has so many words."""

JOINTS: Final = re.compile(r"[\s\-_/(),.:;&+]+")
"""Signs between words: `Credit/Debit Card`, `Card (Visa)`, `Chip & PIN`."""

TYPES: Final[Mapping[str, str]] = {
    JOINTS.sub("", phrase.casefold()): payment
    for payment, phrases in [
        *(("CARD", CARD.split(",")), ("CASH", CASH.split(",")), ("OTHER", OTHER.split(","))),
        *((payment, [word]) for word, payment in CHAIN.payments.items()),
    ]
    for phrase in phrases
}
"""Payment types by phrases, their words joined: those of all tills, and the chain's own, which come first."""


def payment_type(text: str, words: Mapping[str, str] = TYPES) -> str:
    """Return CARD, CASH or OTHER; empty if the text is anything else than phrases of one payment type."""
    if len(text) > LONGEST:
        return ""
    if payment := words.get(text.strip().casefold()):
        return payment
    parts = [part for part in JOINTS.split(text.casefold()) if part]
    types: set[str] = set()
    # "Visa Debit Card" -> visa, debit, card: CARD; "Gift card" -> the longest phrase counts; "Cash/Card" -> neither
    while parts:
        lengths = range(min(MOST_WORDS, len(parts)), 0, -1)
        length = next((length for length in lengths if "".join(parts[:length]) in words), 0)
        if not length:
            return ""
        types.add(words["".join(parts[:length])])
        parts = parts[length:]
    return types.pop() if len(types) == 1 else ""
