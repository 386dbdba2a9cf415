"""The words for payments, of which there is a closed list."""

import pytest

from chalicelib.reading.payments import payment_type


@pytest.mark.parametrize(
    ("payment", "texts"),
    [
        (
            "CARD",
            "CARD; credit card; Credit/Debit Card; DEBIT; Visa; Visa Debit; VISA (contactless); Master Card; amex",
        ),
        (
            "CARD",
            "American Express; Contactless; Chip & PIN; chip_and_pin; Apple Pay; GooglePay; Card - Visa; by card",
        ),
        ("CASH", "CASH; Cash; cash payment; Paid in cash; CASH."),
        (
            "OTHER",
            "Voucher; Gift Card; GIFTCARD; gift-voucher; account; On account; online; PayPal; Other; split",
        ),
    ],
)
def test_tills_have_many_words_for_a_payment(payment: str, texts: str) -> None:
    for text in texts.split("; "):
        assert payment_type(text) == payment, text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "IOU",
        "cheque",
        "Jo Bloggs",
        "Cash/Card",
        "Visa gift card",
        "Gift card - 10.00",
        "5.20",
        "card " * 99,
    ],
)
def test_a_text_that_is_not_in_the_list_is_no_payment(text: str) -> None:
    """Neither are words of two payment types together."""
    assert payment_type(text) == ""
