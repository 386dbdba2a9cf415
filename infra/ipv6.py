"""IPv6 for functions in a VPC: their free way to AWS's APIs (docs/adr/0034-functions-reach-aws-over-ipv6.md)."""

from collections.abc import Iterable

from infra.provisioning import Client


def allow_ipv6(
    functions: Iterable[str], subnets: Iterable[str], security_groups: Iterable[str], client: Client
) -> None:
    """Let functions in these subnets speak IPv6. Chalice has no setting for it, and each `chalice deploy` undoes it."""
    network = {
        "SubnetIds": list(subnets),
        "SecurityGroupIds": list(security_groups),
        "Ipv6AllowedForDualStack": True,
    }
    lambda_ = client("lambda")
    for function in functions:
        lambda_.update_function_configuration(FunctionName=function, VpcConfig=network)
        # Lambda refuses another change of a function as long as this one is under way.
        lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
