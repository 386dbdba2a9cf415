"""Subscriptions by mail, with a real SNS over HTTP: of a store's people to its mails, of others to all."""

import json
from typing import Any

import pytest

from infra.errors import InfraError
from infra.subscriptions import PENDING, filter_policy, subscribe
from local.client import Clients
from tests.support.endpoint import ACCESS_KEY

MANAGER = "manager@example.org"


@pytest.fixture
def clients(endpoint: str) -> Clients:
    """Return clients of AWS services over HTTP."""
    return Clients(endpoint, ACCESS_KEY)


@pytest.fixture
def topic(clients: Clients) -> str:
    """Return the ARN of a topic without subscriptions."""
    arn = clients.sns.create_topic(Name="stores")["TopicArn"]
    for subscription in clients.sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]:
        clients.sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    return arn


def policies(topic: str, clients: Clients) -> dict[str, Any]:
    """Return the filter of each address; None if it has none."""
    found = {}
    for subscription in clients.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        attributes = clients.sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])
        found[subscription["Endpoint"]] = json.loads(attributes["Attributes"].get("FilterPolicy", "null"))
    return found


def test_a_filter_has_the_keys_of_the_stores() -> None:
    """The attribute of a mail has the same, however the store is spelled."""
    assert filter_policy(["Chester-le-Street", "LEEDS", "leeds"]) == {"store": ["chester le street", "leeds"]}


def test_a_name_without_letters_is_no_store() -> None:
    with pytest.raises(InfraError, match="' - ' is no name of a store"):
        filter_policy(["Leeds", " - "])


def test_an_address_is_subscribed_once_and_its_stores_are_replaced(topic: str, clients: Clients) -> None:
    assert subscribe(topic, MANAGER, filter_policy(["Leeds"]), clients.any)
    assert policies(topic, clients) == {MANAGER: {"store": ["leeds"]}}

    assert not subscribe(topic, "Manager@example.org", filter_policy(["Étoile", "York"]), clients.any)

    assert policies(topic, clients) == {MANAGER: {"store": ["york", "étoile"]}}


def test_a_stage_without_its_topic_is_a_sentence(topic: str, clients: Clients) -> None:
    with pytest.raises(InfraError, match=r"There is no topic .*-of-nobody here: deploy the stage first\."):
        subscribe(f"{topic}-of-nobody", MANAGER, filter_policy(["Leeds"]), clients.any)


def test_without_stores_everything_passes(topic: str, clients: Clients) -> None:
    assert subscribe(topic, "engineer@example.org", {}, clients.any)

    assert policies(topic, clients)["engineer@example.org"] in (None, {})


class Unconfirmed:
    """SNS with one address that was never confirmed, which moto does not have."""

    def get_paginator(self, _operation: str) -> "Unconfirmed":
        """Return a listing."""
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        """Return the pages of the listing."""
        return [{"Subscriptions": [{"Endpoint": MANAGER, "SubscriptionArn": PENDING}]}]


def test_an_address_that_was_never_confirmed_cannot_be_changed() -> None:
    with pytest.raises(InfraError, match=r"has not confirmed it: open the link"):
        subscribe("topic", MANAGER, {}, lambda _service: Unconfirmed())
