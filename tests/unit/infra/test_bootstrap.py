"""What an administrator deploys: trust in GitHub within bounds, roles that do what they must, and a network."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from infra.names import Names, fill
from infra.policies import policies
from infra.release import Stack
from infra.template import build
from local.state import PROJECT

TEMPLATES = ["bootstrap", "network"]
ACCOUNT = {"AWS::AccountId": "123456789012", "AWS::Region": "ap-southeast-1", "StackName": "s" * 128}
"""As long as they get, for the limits on a policy's size."""

FILLED = {"account": ACCOUNT["AWS::AccountId"], "region": ACCOUNT["AWS::Region"]}

EVERYWHERE = {
    ("Boundary", "ItsMetrics"): "a metric has no ARN; its namespace is a condition",
    ("Boundary", "BePlacedInAVpc"): "Lambda refuses a role that names resources here",
    (
        "ExecutionRole",
        "CreateMappings",
    ): "a mapping has no ARN before it is there; its function is a condition",
    ("ExecutionRole", "LookAround"): "AWS takes these on no resource: lists, and a random password",
    ("FlowLogRole", "FindTheLog"): "AWS takes this on no resource",
}
"""The statements whose resource is `*`, and why."""

MADE_BY = {
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm",
    "AWS::IAM::Role": "iam:CreateRole",
    "AWS::Lambda::EventInvokeConfig": "lambda:PutFunctionEventInvokeConfig",
    "AWS::Lambda::Permission": "lambda:AddPermission",
    "AWS::Logs::LogGroup": "logs:CreateLogGroup",
    "AWS::RedshiftServerless::Namespace": "redshift-serverless:CreateNamespace",
    "AWS::RedshiftServerless::Workgroup": "redshift-serverless:CreateWorkgroup",
    "AWS::S3::Bucket": "s3:CreateBucket",
    "AWS::S3::BucketPolicy": "s3:PutBucketPolicy",
    "AWS::SNS::Subscription": "sns:Subscribe",
    "AWS::SNS::Topic": "sns:CreateTopic",
    "AWS::SNS::TopicPolicy": "sns:SetTopicAttributes",
    "AWS::SQS::Queue": "sqs:CreateQueue",
    "AWS::SQS::QueuePolicy": "sqs:SetQueueAttributes",
    "AWS::SecretsManager::Secret": "secretsmanager:CreateSecret",
    "AWS::Serverless::Function": "lambda:CreateFunction",
}
"""What CloudFormation does first of all to make a resource of a type."""

NAMES = ("AlarmName", "FunctionName", "QueueName", "RoleName", "TopicName")
MANAGED, INLINE = 6_144, 10_240
"""Characters that a managed policy, and all of a role's own policies together, may have."""

TOKEN = "token.actions.githubusercontent.com"


def template(name: str) -> dict[str, Any]:
    """Return a template as CloudFormation reads it, with its short forms written out."""
    loaded: dict[str, Any] = json.loads(json.dumps(cfn_yaml.load(str(PROJECT / "infra" / f"{name}.yaml"))))
    return loaded


RESOURCES = {name: resource for one in TEMPLATES for name, resource in template(one)["Resources"].items()}
ROLES = ["DeployRole", "ChangeSetRole", "ExecutionRole"]


def properties(resource: str) -> dict[str, Any]:
    """Return what a resource is to be."""
    found: dict[str, Any] = RESOURCES[resource].get("Properties", {})
    return found


def documents(resource: str) -> list[dict[str, Any]]:
    """Return the policies that say what a resource may do, or what may be done to it."""
    has = properties(resource)
    own = [policy["PolicyDocument"] for policy in has.get("Policies", [])]
    return own + ([has["PolicyDocument"]] if "PolicyDocument" in has else [])


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every statement of every policy, with the resource that has it."""
    for resource in RESOURCES:
        for document in documents(resource):
            yield from ((resource, statement) for statement in document["Statement"])


def listed(one_or_more: Any) -> list[Any]:
    """Return a list, as which IAM takes a single value, too."""
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


def allowed(resource: str) -> dict[str, dict[str, Any]]:
    """Return the statements of a role by their Sids."""
    return {statement["Sid"]: statement for owner, statement in statements() if owner == resource}


def actions(resource: str) -> set[str]:
    """Return all that a role may do."""
    return {action for one in allowed(resource).values() for action in listed(one["Action"])}


def arn(value: Any) -> str:
    """Return an ARN with the account and region filled in; of two, the one that no parameter names."""
    if "Fn::If" in value:
        return arn(value["Fn::If"][-1])
    text = value if isinstance(value, str) else value.get("Fn::Sub", "")
    return re.sub(r"\$\{([\w:.]+)\}", lambda match: ACCOUNT.get(match[1], "x" * 60), text)


def size(document: dict[str, Any]) -> int:
    """Return the characters of a policy as IAM counts them: without white space."""
    filled = re.sub(
        r'\{"Fn::Sub":"([^"]*)"\}',
        lambda match: f'"{arn(match[1])}"',
        json.dumps(document, separators=(",", ":")),
    )
    return len(filled)


def trust(role: str) -> dict[str, Any]:
    """Return the one statement that says who may be a role."""
    [statement] = properties(role)["AssumeRolePolicyDocument"]["Statement"]
    found: dict[str, Any] = statement
    return found


@pytest.mark.parametrize("name", TEMPLATES)
def test_cfn_lint_has_nothing_to_say(name: str) -> None:
    """Warnings included; it knows AWS's actions and what resources they are taken on."""
    result = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), PROJECT / "infra" / f"{name}.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout) == (0, "")


def test_no_action_is_a_wildcard() -> None:
    """What a role may do can be read off; what is forbidden may be everything."""
    for resource, statement in statements():
        if statement["Effect"] == "Allow":
            for action in listed(statement["Action"]):
                assert re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z]+", action), (resource, action)


def test_a_resource_is_everything_only_where_aws_takes_no_name() -> None:
    """Each of these has its reason."""
    found = {
        (resource, statement["Sid"])
        for resource, statement in statements()
        if "*" in listed(statement["Resource"])
    }

    assert found == set(EVERYWHERE)


def test_every_other_resource_is_of_this_account() -> None:
    """Or a bucket, whose ARN has none: that is in its name; or the transform, which is AWS's own."""
    for resource, statement in statements():
        for value in listed(statement["Resource"]):
            if "Fn::Sub" in value and "PackagesBucket" not in value["Fn::Sub"]:
                assert "${AWS::AccountId}" in value["Fn::Sub"] or ":aws:transform/" in value["Fn::Sub"], (
                    resource
                )


def test_every_statement_has_a_name_of_its_own() -> None:
    """So that it can be spoken of."""
    for resource in RESOURCES:
        trusting = properties(resource).get("AssumeRolePolicyDocument", {"Statement": []})
        for document in [trusting, *documents(resource)]:
            names = [statement["Sid"] for statement in document["Statement"]]
            assert len(names) == len(set(names)), resource


@pytest.mark.parametrize(
    ("role", "subject"), [("DeployRole", "environment:production"), ("ChangeSetRole", "pull_request")]
)
def test_github_is_trusted_with_one_repository_only(role: str, subject: str) -> None:
    """By its tokens' audience and whole subject: no pattern, so no other branch, environment or repository."""
    statement = trust(role)
    equal = statement["Condition"]["StringEquals"]

    assert list(statement["Condition"]) == ["StringEquals"]
    assert equal[f"{TOKEN}:aud"] == "sts.amazonaws.com"
    assert equal[f"{TOKEN}:sub"]["Fn::If"][1:] == [
        {"Fn::Sub": f"repo:${{SubjectRepository}}:{subject}"},
        {"Fn::Sub": f"repo:${{Repository}}:{subject}"},
    ]


def test_a_repository_is_no_pattern() -> None:
    """Left out, and GitHub is trusted with nothing: no role is there for anybody to take."""
    parameters = template("bootstrap")["Parameters"]

    for name in ("Repository", "SubjectRepository"):
        pattern = parameters[name]["AllowedPattern"]
        assert re.fullmatch(pattern, "owner/name")
        assert not any(re.fullmatch(pattern, text) for text in ("owner/*", "owner/name:ref", "owner"))
    assert re.fullmatch(parameters["SubjectRepository"]["AllowedPattern"], "owner@1/name@2")
    assert parameters["Repository"]["Default"] == ""
    for name in ("DeployRole", "ChangeSetRole"):
        assert RESOURCES[name]["Condition"] == "TrustsGitHub"
    assert template("bootstrap")["Conditions"]["TrustsGitHub"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "Repository"}, ""]}]
    }


def test_a_deployment_comes_from_main() -> None:
    """Whatever branches GitHub lets into the environment."""
    assert trust("DeployRole")["Condition"]["StringEquals"][f"{TOKEN}:ref"] == "refs/heads/main"


def test_only_cloudformation_is_the_execution_role() -> None:
    """And only who deploys may hand it over."""
    assert trust("ExecutionRole")["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert [role for role in ROLES if "iam:PassRole" in actions(role)] == ["DeployRole", "ExecutionRole"]
    passing = allowed("DeployRole")["GiveTheRoleToCloudFormation"]
    assert passing["Resource"] == {"Fn::GetAtt": ["ExecutionRole", "Arn"]}
    assert passing["Condition"]["StringEquals"] == {"iam:PassedToService": "cloudformation.amazonaws.com"}


def test_a_deployment_goes_by_the_execution_role() -> None:
    """GitHub's own role changes no resource of the stack; beside it, it calls functions and puts one file."""
    condition = allowed("DeployRole")["ProposeChanges"]["Condition"]

    assert condition == {"StringEquals": {"cloudformation:RoleArn": {"Fn::GetAtt": ["ExecutionRole", "Arn"]}}}
    assert {action for action in actions("DeployRole") if not re.match(r"cloudformation:|s3:", action)} == {
        "iam:PassRole",
        "lambda:InvokeFunction",
    }


def test_github_reads_no_sales() -> None:
    """It sees the names of objects; it gets none out of the data's buckets, and no secret."""
    for role in ("DeployRole", "ChangeSetRole"):
        getting = [one for one in allowed(role).values() if "s3:GetObject" in listed(one["Action"])]
        assert all("PackagesBucket" in json.dumps(one["Resource"]) for one in getting)
    for role in ROLES:
        assert not any(action.startswith("secretsmanager:GetSecret") for action in actions(role))


def test_the_smoke_test_puts_smoke_only() -> None:
    """Under keys that no store has."""
    put, seen = (allowed("DeployRole")[sid] for sid in ("PutAndRemoveTheSmokeFile", "SeeWhetherItIsLoaded"))

    assert arn(put["Resource"]).endswith("/smoke_test_*")
    assert seen["Condition"] == {"StringLike": {"s3:prefix": "smoke_test_*"}}


def test_a_pull_request_changes_nothing() -> None:
    """It proposes change sets of names of their own, and uploads beside what is deployed."""
    changing = {one for one in actions("ChangeSetRole") if not re.search(r":(Describe|Get|List)", one)}
    proposing = allowed("ChangeSetRole")["ProposeChanges"]["Condition"]["StringLike"]

    assert changing == {
        "cloudformation:CreateChangeSet",
        "cloudformation:DeleteChangeSet",
        "s3:AbortMultipartUpload",
        "s3:PutObject",
    }
    assert proposing["cloudformation:ChangeSetName"][0] == "pull-request-*"
    assert allowed("ChangeSetRole")["UploadPackages"]["Resource"] == {
        "Fn::Sub": "${PackagesBucket.Arn}/pull-requests/*"
    }


def test_what_a_pull_request_proposes_is_never_deployed() -> None:
    """Not even by a deployment that is given its name."""
    condition = allowed("DeployRole")["MakeChanges"]["Condition"]

    assert condition == {"StringNotLike": {"cloudformation:ChangeSetName": "*pull-request-*"}}


def test_roles_are_created_within_the_boundary() -> None:
    """Whoever could create others could create an administrator."""
    boundary = {"iam:PermissionsBoundary": {"Ref": "Boundary"}}
    granting = allowed("ExecutionRole")["GrantWithinTheBoundary"]
    attaching = allowed("ExecutionRole")["AttachWhatLambdaNeeds"]

    assert {"iam:CreateRole", "iam:PutRolePolicy"} <= set(granting["Action"])
    assert granting["Condition"]["StringEquals"] == attaching["Condition"]["StringEquals"] == boundary
    assert not {"iam:DeleteRolePermissionsBoundary", "iam:CreatePolicyVersion"} & actions("ExecutionRole")


def test_the_stack_cannot_change_who_deploys_it() -> None:
    """Names of these roles are none that the execution role may touch."""
    own = [f"arn:aws:iam::123456789012:role/{properties(role)['RoleName']}" for role in ROLES]
    touched = {
        arn(resource)
        for statement in allowed("ExecutionRole").values()
        for resource in listed(statement["Resource"])
        if any(action.startswith("iam:") for action in listed(statement["Action"]))
    }

    assert touched
    assert not [name for name in own for pattern in touched if fnmatchcase(name, pattern)]


def test_roles_go_to_functions_and_warehouse_only() -> None:
    """To nothing in which somebody could log in."""
    condition = allowed("ExecutionRole")["GiveRolesToFunctionsAndWarehouse"]["Condition"]

    assert {service.partition(".")[0] for service in condition["StringEquals"]["iam:PassedToService"]} == {
        "lambda",
        "redshift",
        "redshift-serverless",
    }


@pytest.mark.parametrize("function", sorted(policies(PROJECT, "prod")))
def test_the_boundary_holds_what_a_function_may(function: str) -> None:
    """What is missing here would be denied in the cloud only."""
    for statement in policies(PROJECT, "prod")[function]["Statement"]:
        for action, resource in product(statement["Action"], statement["Resource"]):
            assert is_within_the_boundary(action, fill(resource, **FILLED)), (statement["Sid"], action)
        if "cloudwatch:PutMetricData" in statement["Action"]:
            assert statement["Condition"] == allowed("Boundary")["ItsMetrics"]["Condition"]


def is_within_the_boundary(action: str, resource: str) -> bool:
    """Whether the boundary has the action on all that a resource stands for."""
    return any(
        fnmatchcase(resource, arn(pattern))
        for one in allowed("Boundary").values()
        if action in listed(one["Action"])
        for pattern in listed(one["Resource"])
    )


def test_the_bootstrap_is_for_the_stack_that_a_release_makes() -> None:
    """By its name, its buckets, and that of its packages."""
    stack = Stack.of("prod", "${AWS::AccountId}", "${AWS::Region}", {})
    names = Names.of(PROJECT, "prod")
    [raw, _, processed, _] = [one["Fn::If"][-1] for one in allowed("Boundary")["BothBuckets"]["Resource"]]

    assert f":stack/{stack.name}/*" in json.dumps(allowed("DeployRole")["ReadTheStack"]["Resource"])
    assert properties("PackagesBucket")["BucketName"] == {"Fn::Sub": stack.bucket}
    assert (raw, processed) == (
        {"Fn::Sub": f"arn:aws:s3:::{names.raw_bucket}"},
        {"Fn::Sub": f"arn:aws:s3:::{names.processed_bucket}"},
    )


def test_the_execution_role_makes_every_type_of_the_stack() -> None:
    """A new type needs a new right, and a name by which the right is narrowed."""
    made = build(PROJECT, "prod")["Resources"].values()

    assert {MADE_BY.get(one["Type"]) for one in made if "Type" in one} <= actions("ExecutionRole")
    for one in made:
        for key, name in one.get("Properties", {}).items():
            if key in NAMES and isinstance(name, str):
                assert name.startswith("cafe-etl-prod-"), name


def test_policies_are_not_too_long() -> None:
    """IAM says so only when it is too late."""
    assert size(properties("Boundary")["PolicyDocument"]) <= MANAGED
    for role in ROLES:
        assert sum(map(size, documents(role))) <= INLINE, role


def test_the_bucket_of_packages_is_closed_and_kept() -> None:
    """A package is what runs beside the data."""
    bucket = RESOURCES["PackagesBucket"]
    has = bucket["Properties"]
    [rule] = has["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    assert has["VersioningConfiguration"] == {"Status": "Enabled"}
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert set(has["PublicAccessBlockConfiguration"].values()) == {True}
    assert has["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_packages_travel_by_tls_only() -> None:
    """Everything else is forbidden to everybody."""
    [statement] = properties("PackagesBucketPolicy")["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_old_packages_leave_and_current_ones_stay() -> None:
    """A rollback fetches the package from before; only a pull request's is nobody's."""
    replaced, pulled = properties("PackagesBucket")["LifecycleConfiguration"]["Rules"]

    assert replaced["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert "ExpirationInDays" not in replaced
    assert (pulled["Prefix"], pulled["ExpirationInDays"]) == ("pull-requests/", 14)


def test_every_rule_of_checkov_that_is_skipped_has_a_reason() -> None:
    """Beside the resource, by a rule's id."""
    for resource, has in RESOURCES.items():
        for skip in has.get("Metadata", {}).get("checkov", {}).get("skip", []):
            assert re.fullmatch(r"CKV2?_AWS_\d+", skip["id"]), resource
            assert len(skip["comment"]) > len("because we said so"), resource


def test_the_network_has_a_private_subnet_in_each_of_three_zones() -> None:
    """As Redshift Serverless wants them; outputs are lists as a parameter takes them."""
    outputs = template("network")["Outputs"]
    comma, subnets = outputs["SubnetIds"]["Value"]["Fn::Join"]
    zones = {properties(one["Ref"])["AvailabilityZone"]["Fn::Select"][0] for one in subnets}

    assert (comma, zones) == (",", {0, 1, 2})
    assert not any(properties(one["Ref"]).get("MapPublicIpOnLaunch") for one in subnets)
    assert outputs["SecurityGroupIds"]["Value"] == {"Fn::GetAtt": ["Members", "GroupId"]}


def test_nobody_enters_the_network_from_outside() -> None:
    """Members reach the warehouse; out it goes to AWS by TLS."""
    entering = [has for has in RESOURCES.values() if has["Type"] == "AWS::EC2::SecurityGroupIngress"]
    [leaving] = properties("Members")["SecurityGroupEgress"]

    assert "SecurityGroupIngress" not in properties("Members")
    assert [(one["Properties"]["FromPort"], one["Properties"]["ToPort"]) for one in entering] == [
        ({"Ref": "WarehousePort"}, {"Ref": "WarehousePort"})
    ]
    assert template("network")["Parameters"]["WarehousePort"]["Default"] == 5439
    assert entering[0]["Properties"]["SourceSecurityGroupId"] == {"Ref": "Members"}
    assert (leaving["FromPort"], leaving["ToPort"]) == (443, 443)
