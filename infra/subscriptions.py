"""Subscriptions by mail: of a store's people to its own mails, of others to notices and alarms."""

import json
from collections.abc import Iterable
from typing import Any, Final

from chalicelib.normalisation import store_key
from infra.errors import InfraError
from infra.provisioning import Client

PENDING: Final = "PendingConfirmation"


def filter_policy(stores: Iterable[str]) -> dict[str, list[str]]:
    """Return the filter that lets the mails of some stores pass; raise `InfraError` for a name without letters.

    SNS compares letter by letter, so a store's key stands in the filter, as in the attribute of a mail.
    """
    keys = {store: store_key(store) for store in stores}
    if nameless := [store for store, key in keys.items() if not key]:
        raise InfraError(f"{nameless[0]!r} is no name of a store.")
    return {"store": sorted(set(keys.values()))}


def subscribe(topic: str, address: str, policy: dict[str, list[str]], client: Client) -> bool:
    """Subscribe an address, or change its filter; return whether it is new and has to be confirmed.

    An empty policy lets everything pass. Raise `InfraError` if there is no topic, and for an address that was never
    confirmed: AWS does not say which subscription that is, so its filter cannot be changed.
    """
    sns = client("sns")
    text = json.dumps(policy, ensure_ascii=False)
    try:
        subscription = _subscription(topic, address, sns)
    except sns.exceptions.NotFoundException as exc:
        raise InfraError(f"There is no topic {topic} here: deploy the stage first.") from exc
    if subscription is None:
        attributes = {"FilterPolicy": text} if policy else {}
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address, Attributes=attributes)
        return True
    if subscription == PENDING:
        raise InfraError(
            f"{address} was subscribed before and has not confirmed it: open the link in the mail from AWS, or wait"
            " three days until it expires, and run this command again."
        )
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=text
    )
    return False


def _subscription(topic: str, address: str, sns: Any) -> str | None:
    """Return the ARN of an address's subscription, `PENDING` until it is confirmed, or None."""
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    for page in pages:
        for subscription in page["Subscriptions"]:
            if subscription["Endpoint"].casefold() == address.casefold():
                arn: str = subscription["SubscriptionArn"]
                return arn
    return None
