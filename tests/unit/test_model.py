"""Load requests travel as JSON through the queue."""

import pytest

from chalicelib.errors import RequestError
from chalicelib.model import LoadRequest
from tests.support.load_requests import REQUEST


def test_a_request_comes_back_from_the_queue_as_it_was_sent() -> None:
    assert LoadRequest.from_json(REQUEST.to_json()) == REQUEST


@pytest.mark.parametrize(
    "body",
    ["", "secret", "[]", "null", "{}", REQUEST.to_json()[:-1], REQUEST.to_json().replace("12.30", "secret")],
)
def test_the_error_about_a_message_that_is_no_request_does_not_quote_it(body: str) -> None:
    """The message may hold anything, and the error goes into the log."""
    with pytest.raises(RequestError) as caught:
        LoadRequest.from_json(body)
    assert "secret" not in str(caught.value)
