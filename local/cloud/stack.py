"""The stack of a package, made by the local cloud's CloudFormation: `up --from-package` deploys it in Chalice's place.

Moto does not know AWS's transform, so AWS's own library expands the template. Moto leaves out some resources; those
that matter here are made afterwards from the same template, through the API.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import boto3
import yaml

from infra import packaging
from infra.provisioning import provision
from infra.release import Stack, release
from infra.resolving import Resolver, Resource
from local.account import ACCOUNT, REGION
from local.client import Clients
from local.environment import stack_parameters
from local.errors import LocalCloudError

STAGE: Final = "prod"

LEFT_OUT: Final = {
    "AWS::CloudWatch::Alarm",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Logs::QueryDefinition",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::Secret",
}
"""The types that moto's CloudFormation skips with a warning."""

INCOMPLETE: Final = {"AWS::S3::Bucket"}
"""The types of which it drops properties silently: of a bucket it keeps name, encryption and tags."""

MISSING: Final = {"AWS::RedshiftServerless::Namespace", "AWS::RedshiftServerless::Workgroup"}
"""The types that the local cloud lacks; its warehouse is PostgreSQL."""


def create(build: Path, clients: Clients, warehouse: str) -> None:
    """Make the stack, as `make release` does; raise `LocalCloudError` if there is no package."""
    if not (build / packaging.ZIP).is_file():
        raise LocalCloudError(f"{build / packaging.ZIP} is not there: run `make package` first.")
    parameters = {"Warehouse": warehouse, **stack_parameters()}
    stack = Stack.of(STAGE, ACCOUNT, REGION, parameters)
    clients.s3.create_bucket(Bucket=stack.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto's, about the types that it skips
        release(build, stack, clients.any, lambda template: expand(template, stack.parameters))
    provision(omitted(deployed(clients), stack.parameters).values(), clients.any)


def deployed(clients: Clients) -> dict[str, Any]:
    """Return the template of the stack, as CloudFormation has it."""
    name = Stack.of(STAGE, ACCOUNT, REGION, {}).name
    body = clients.any("cloudformation").get_template(StackName=name)["TemplateBody"]
    template: dict[str, Any] = yaml.safe_load(body) if isinstance(body, str) else body
    return template


def expand(template: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return a template after AWS's transform, with each function as plain resources."""
    # Imported here, since it takes as long as all of moto, and a cloud without a package does not need it.
    from samtranslator.parser.parser import Parser  # noqa: PLC0415
    from samtranslator.translator.translator import Translator  # noqa: PLC0415

    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    expanded: dict[str, Any] = translator.translate(template, dict(parameters))
    return expanded


def omitted(template: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, Resource]:
    """Return the resources of a template that moto's CloudFormation does not make, or not completely."""
    return Resolver(template, parameters, ACCOUNT, REGION).resources(LEFT_OUT | INCOMPLETE)
