"""The local CloudFormation: moto's, with AWS's transform, and with what moto's stacks lack.

Moto does not know the transform, so AWS's own library expands a template. Moto leaves out some resources; those that
matter here are made by calls of the API from the same template. A second release needs two things more: parameters that
keep their values, and outputs.
"""

import json
import warnings
from collections.abc import Mapping
from typing import Any, Final

import boto3
from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse
from samtranslator.yaml_helper import yaml_parse

from infra.provisioning import Client, provision
from infra.resolving import Resolver
from local.account import ACCOUNT, REGION
from local.cloud import ports

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

NO_WAREHOUSE: Final = (
    "The local cloud has no Redshift Serverless to create. Name its PostgreSQL:"
    ' `.venv/bin/python -m infra release Warehouse="$WAREHOUSE"`, after `python -m local env`.'
)

REVIEWED: Final = "REVIEW_IN_PROGRESS"
"""The status of a stack that has change sets, of which none was executed."""

RETAINED: Final = ('"RetainExceptOnCreate"', '"Retain"')
"""The policy that moto does not know, and would delete an empty bucket with its stack, and the one that it knows."""

# The originals, taken once at import: `install` runs once per cloud.
_apply: Final = ChangeSet.apply
_create_change_set: Final = CloudFormationBackend.create_change_set
_template_at: Final = CloudFormationResponse._get_stack_from_s3_url  # noqa: SLF001 - moto offers no other way


def install(client: Client) -> None:
    """Let change sets take a template with AWS's transform, and give their stacks all resources and outputs."""

    def apply(change_set: Any) -> None:
        _execute(change_set, client)

    # mypy takes no assignment to a property or a method.
    setattr(Stack, "stack_parameters", property(_texts))  # noqa: B010
    setattr(Stack, "has_parameters", _has_parameters)  # noqa: B010
    setattr(CloudFormationBackend, "create_change_set", _create)  # noqa: B010
    setattr(CloudFormationResponse, "_get_stack_from_s3_url", _template)  # noqa: B010
    setattr(ChangeSet, "apply", apply)  # noqa: B010


def expand(template: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return a template after AWS's transform, with each function as plain resources."""
    # Imported here, since it takes as long as all of moto, and a cloud without a stack does not need it.
    from samtranslator.parser.parser import Parser  # noqa: PLC0415
    from samtranslator.translator.translator import Translator  # noqa: PLC0415

    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    expanded: dict[str, Any] = translator.translate(template, dict(parameters))
    return expanded


def _template(response: Any, url: str) -> str:
    """Return the template at a URL. Moto finds the bucket in the path only if the host is one that it knows."""
    # "http://127.0.0.1:4566/packages/key", as `aws cloudformation deploy` names it here
    return str(_template_at(response, url.replace(f"//{ports.HOST}:", "//localhost:", 1)))


def _create(backend: Any, **arguments: Any) -> tuple[str, str]:
    """Create a change set. A new stack under review takes the place of an earlier one of its name, as in AWS."""
    template = yaml_parse(arguments["template"])
    is_transformed = "Transform" in template
    if is_transformed:
        expanded = json.dumps(expand(template, arguments["parameters"]))
        arguments["template"] = expanded.replace(*RETAINED)
    if arguments["change_set_type"] == "CREATE":
        reviewed = [
            stack
            for stack in backend.stacks.values()
            if (stack.name, stack.status) == (arguments["stack_name"], REVIEWED)
        ]
        for stack in reviewed:
            del backend.stacks[stack.stack_id]
    identifiers: tuple[str, str] = _create_change_set(backend, **arguments)
    backend.change_sets[identifiers[0]].is_transformed = is_transformed
    return identifiers


def _texts(stack: Any) -> dict[str, Any]:
    """Return the values of parameters as texts: moto keeps the lists and numbers that it made of them."""
    return {name: _text(value) for name, value in stack.resource_map.resolved_parameters.items()}


def _has_parameters(stack: Any, parameters: Mapping[str, str]) -> bool:
    """Tell whether parameters would change nothing; moto compares them with those that the stack began with."""
    return all(_texts(stack).get(name) == value for name, value in parameters.items())


def _text(value: Any) -> Any:
    # ["subnet-1", "subnet-2"] -> "subnet-1,subnet-2"; 30 -> "30"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value) if isinstance(value, int | float) else value


def _execute(change_set: Any, client: Client) -> None:
    """Execute a change set; moto would keep the outputs of the template that the stack began with, none."""
    stack = change_set.stack
    resolver = Resolver(change_set.template_dict, change_set.parameters, ACCOUNT, REGION)
    if resolver.resources(MISSING):
        raise ValidationError(message=NO_WAREHOUSE)
    # Moto takes a parameter for changed that had its default before, and then changes resources that were never made.
    stack.resource_map.input_parameters = _texts(stack)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # moto's, about the types that it skips
            _apply(change_set)
        if change_set.is_transformed:
            provision(resolver.resources(LEFT_OUT | INCOMPLETE).values(), client)
    except CloudFormationError:
        raise
    except Exception as exc:
        # Of a resource that moto makes wrongly; a client would only see that the server failed.
        sentence = f"The local CloudFormation cannot make the stack {stack.name}: {type(exc).__name__}: {exc}"
        raise ValidationError(message=sentence) from exc
    stack.template_dict = change_set.template_dict
    stack.output_map = stack._create_output_map()  # noqa: SLF001 - moto offers no other way
