"""The network of infra/network.yaml, and the way out that the functions take in it."""

import json
import os
import subprocess
import sys
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from cfnlint.decode import cfn_yaml

from infra import template
from infra.accounts import Account
from infra.chalice_stage import Options, Stage
from infra.configuring import settings
from infra.ipv6 import allow_ipv6
from infra.resolving import Resolver
from infra.runtimes import runtime
from local.state import PROJECT

NETWORK: dict[str, Any] = json.loads(json.dumps(cfn_yaml.load(str(PROJECT / "infra" / "network.yaml"))))
BILLED_BY_THE_HOUR = {"AWS::EC2::EIP", "AWS::EC2::NatGateway"}

HOSTS = """
import boto3
for service in ("redshift-serverless", "sns", "sqs", "lambda", "s3"):
    print(boto3.client(service).meta.endpoint_url)
from urllib.parse import urlsplit
from chalicelib.warehouse.redshift import _client
print(_client("redshift", urlsplit("redshift://cafe-etl-1/cafe")).meta.endpoint_url)
"""


def created(nat_gateway: str) -> dict[str, dict[str, Any]]:
    """Return the resources that the network's stack makes with this value of the parameter."""
    conditions = Resolver(NETWORK, {"NatGateway": nat_gateway}, "123456789012", "eu-west-1")
    return {
        name: body
        for name, body in NETWORK["Resources"].items()
        if "Condition" not in body or conditions.value(NETWORK["Conditions"][body["Condition"]])
    }


def routes(nat_gateway: str) -> dict[str, str]:
    """Return the targets of the private subnets' routes, by their destinations."""
    bodies = [body for body in created(nat_gateway).values() if body["Type"] == "AWS::EC2::Route"]
    private = [
        body["Properties"] for body in bodies if body["Properties"]["RouteTableId"]["Ref"] == "PrivateRoutes"
    ]
    return {
        route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]: next(
            name for name in route if name.endswith("GatewayId")
        )
        for route in private
    }


def test_nothing_in_the_network_is_billed_by_the_hour_unless_somebody_asks_for_a_nat_gateway() -> None:
    default = NETWORK["Parameters"]["NatGateway"]["Default"]
    types = {body["Type"] for body in created(default).values()}

    assert not types & BILLED_BY_THE_HOUR
    assert {body["Type"] for body in created("yes").values()} >= BILLED_BY_THE_HOUR
    assert [
        body["Properties"]["VpcEndpointType"]
        for body in created("yes").values()
        if "Endpoint" in body["Type"]
    ] == [
        "Gateway"  # an interface endpoint would have a price
    ]


def test_no_resource_of_the_network_needs_one_that_is_not_there() -> None:
    resources = created("no")
    named = {
        value["Ref"]
        for body in resources.values()
        for value in body["Properties"].values()
        if isinstance(value, dict) and "Ref" in value
    }

    assert named - NETWORK["Parameters"].keys() - {"AWS::StackName"} <= resources.keys()
    assert {body["DependsOn"] for body in resources.values() if "DependsOn" in body} <= resources.keys()


def test_private_subnets_reach_ipv6_alone_or_both() -> None:
    """The gateway for IPv6 lets nobody in."""
    assert routes("no") == {"::/0": "EgressOnlyInternetGatewayId"}
    assert routes("yes") == {"::/0": "EgressOnlyInternetGatewayId", "0.0.0.0/0": "NatGatewayId"}


def test_each_private_subnet_has_addresses_of_its_own_of_both_kinds() -> None:
    subnets = [NETWORK["Resources"][f"PrivateSubnet{zone}"] for zone in "ABC"]

    assert [subnet["Properties"]["Ipv6CidrBlock"]["Fn::Select"][0] for subnet in subnets] == [0, 1, 2]
    assert {subnet["DependsOn"] for subnet in subnets} == {"Ipv6Block"}


@pytest.mark.parametrize(
    ("subnets", "ipv6", "speaks"), [("s-1", "yes", "true"), ("s-1", "no", "false"), ("", "yes", "false")]
)
def test_functions_of_a_stack_ask_for_ipv6_only_in_a_vpc_that_has_it(
    subnets: str, ipv6: str, speaks: str
) -> None:
    parameters = {
        "Warehouse": "redshift://x/y",
        "SubnetIds": subnets,
        "SecurityGroupIds": "sg-1",
        "Ipv6": ipv6,
    }
    functions = Resolver(template.build(PROJECT, "prod"), parameters, "123456789012", "eu-west-1").resources(
        {"AWS::Serverless::Function"}
    )
    load = functions["Load"].properties

    assert load["Environment"]["Variables"]["AWS_USE_DUALSTACK_ENDPOINT"] == speaks
    assert load.get("VpcConfig", {}).get("Ipv6AllowedForDualStack", False) is (speaks == "true")
    assert "AWS_USE_DUALSTACK_ENDPOINT" not in functions["Ingest"].properties["Environment"]["Variables"]


@pytest.mark.parametrize(("ipv6", "variable"), [("yes", "true"), ("no", "false")])
def test_functions_that_chalice_deploys_ask_for_ipv6_too(ipv6: str, variable: str) -> None:
    stage = Stage(PROJECT, "dev", Account("123456789012", "eu-west-1", boto3.Session()), runtime())
    options = Options("redshift://x/y", subnets=("s-1",), security_groups=("sg-1",), ipv6=ipv6)

    for function in settings(stage, options)["lambda_functions"].values():
        assert function["environment_variables"]["AWS_USE_DUALSTACK_ENDPOINT"] == variable


def test_lambda_is_told_to_allow_ipv6() -> None:
    client = boto3.client("lambda", "eu-west-1")
    network = {"SubnetIds": ["s-1"], "SecurityGroupIds": ["sg-1"], "Ipv6AllowedForDualStack": True}
    stub = Stubber(client)
    stub.add_response("update_function_configuration", {}, {"FunctionName": "f", "VpcConfig": network})
    stub.add_response(
        "get_function", {"Configuration": {"LastUpdateStatus": "Successful"}}, {"FunctionName": "f"}
    )

    with stub:
        allow_ipv6(["f"], ["s-1"], ["sg-1"], lambda _service: client)

    stub.assert_no_pending_responses()


def test_every_api_but_that_of_clusters_has_an_endpoint_for_ipv6() -> None:
    """AWS's list of endpoints has them; a cluster's API answers IPv4 alone, so such a chain needs the NAT gateway."""
    environment = os.environ | {"AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_DEFAULT_REGION": "eu-west-1"}
    environment.pop("AWS_ENDPOINT_URL", None)
    printed = subprocess.run(
        [sys.executable, "-c", HOSTS],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    assert printed == [
        "https://redshift-serverless.eu-west-1.api.aws",
        "https://sns.eu-west-1.api.aws",
        "https://sqs.eu-west-1.api.aws",
        "https://lambda.eu-west-1.api.aws",
        "https://s3.dualstack.eu-west-1.amazonaws.com",
        "https://redshift.eu-west-1.amazonaws.com",
    ]
