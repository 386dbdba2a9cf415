"""The templates for an administrator: GitHub is trusted within limits, each role has the permissions that it needs."""

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
from infra.policies import WORKGROUP, policies
from infra.release import Stack
from infra.template import NO_WORKGROUP, build
from local.state import PROJECT

TEMPLATES = ["bootstrap", "network"]
ACCOUNT = {"AWS::AccountId": "123456789012", "AWS::Region": "ap-southeast-1", "StackName": "s" * 128}
"""The longest values, for the limits on a policy's size."""

FILLED = {"account": ACCOUNT["AWS::AccountId"], "region": ACCOUNT["AWS::Region"]}

ON_ALL_RESOURCES = {
    ("Boundary", "BePlacedInAVpc"): "Lambda refuses a role that names resources here",
    (
        "ExecutionRole",
        "CreateMappings",
    ): "a mapping has no ARN before it exists; its function is a condition",
    ("Boundary", "ReadTheirOwnResults"): "AWS has no resource for a statement; its owner is a condition",
    ("DeployRole", "SeeWhetherTheQueueCallsLoad"): "AWS has no resource for a list of mappings",
    ("ExecutionRole", "SavedQueries"): "AWS has no resource for a saved query",
    ("ExecutionRole", "Subscriptions"): "AWS takes no resource for these",
    ("DeployRole", "CheckTheMapping"): "AWS takes no resource for this",
    ("ExecutionRole", "LookAround"): "AWS has no resource for these: lists, and a random password",
    ("FlowLogRole", "FindTheLog"): "AWS has no resource for this",
    ("DeployRole", "LimitTheWarehouse"): "AWS has no resource for a usage limit",
}
"""The statements whose resource is `*`, and why."""

CREATED_BY = {
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm",
    "AWS::CloudWatch::Dashboard": "cloudwatch:PutDashboard",
    "AWS::IAM::Role": "iam:CreateRole",
    "AWS::Lambda::EventInvokeConfig": "lambda:PutFunctionEventInvokeConfig",
    "AWS::Lambda::Permission": "lambda:AddPermission",
    "AWS::Logs::LogGroup": "logs:CreateLogGroup",
    "AWS::Logs::QueryDefinition": "logs:PutQueryDefinition",
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
"""The first action of CloudFormation when it creates a resource of each type."""

NAMES = ("AlarmName", "DashboardName", "FunctionName", "QueueName", "RoleName", "TopicName")
MANAGED, INLINE = 6_144, 10_240
"""The most characters of a managed policy, and of all of a role's own policies together."""

TOKEN = "token.actions.githubusercontent.com"


def template(name: str) -> dict[str, Any]:
    """Return a template as CloudFormation reads it, with its short forms written out."""
    loaded: dict[str, Any] = json.loads(json.dumps(cfn_yaml.load(str(PROJECT / "infra" / f"{name}.yaml"))))
    return loaded


RESOURCES = {name: body for file in TEMPLATES for name, body in template(file)["Resources"].items()}
ROLES = ["DeployRole", "ChangeSetRole", "ExecutionRole"]


def properties(resource: str) -> dict[str, Any]:
    """Return the properties of a resource."""
    return dict(RESOURCES[resource].get("Properties", {}))


def documents(resource: str) -> list[dict[str, Any]]:
    """Return the policies of a role, or the policy of a bucket or a boundary."""
    body = properties(resource)
    own = [policy["PolicyDocument"] for policy in body.get("Policies", [])]
    return own + ([body["PolicyDocument"]] if "PolicyDocument" in body else [])


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every statement of every policy, with the resource that has it."""
    for resource in RESOURCES:
        for document in documents(resource):
            yield from ((resource, statement) for statement in document["Statement"])


def listed(one_or_more: Any) -> list[Any]:
    """Return a list: IAM accepts a single value in the place of a list of one."""
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


def allowed(resource: str) -> dict[str, dict[str, Any]]:
    """Return the statements of a role by their Sids."""
    return {statement["Sid"]: statement for owner, statement in statements() if owner == resource}


def actions(resource: str) -> set[str]:
    """Return all actions that a role may take."""
    return {action for statement in allowed(resource).values() for action in listed(statement["Action"])}


def arn(value: Any) -> str:
    """Return an ARN with the account and region filled in; of two, the one for an empty parameter."""
    if "Fn::If" in value:
        return arn(value["Fn::If"][-1])
    text = value if isinstance(value, str) else value.get("Fn::Sub", "")
    return re.sub(r"\$\{([\w:.]+)\}", lambda match: ACCOUNT.get(match[1], "x" * 60), text)


def size(document: dict[str, Any]) -> int:
    """Return the number of characters of a policy as IAM counts them: without white space."""
    filled = re.sub(
        r'\{"Fn::Sub":"([^"]*)"\}',
        lambda match: f'"{arn(match[1])}"',
        json.dumps(document, separators=(",", ":")),
    )
    return len(filled)


def trust(role: str) -> dict[str, Any]:
    """Return the one statement that says who may assume a role."""
    [statement] = properties(role)["AssumeRolePolicyDocument"]["Statement"]
    return dict(statement)


@pytest.mark.parametrize("name", TEMPLATES)
def test_cfn_lint_finds_neither_errors_nor_warnings(name: str) -> None:
    """It knows the actions of AWS, and the resources of each."""
    result = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), PROJECT / "infra" / f"{name}.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout) == (0, "")


def test_no_action_is_a_wildcard() -> None:
    """A reader sees every permission of a role; a denial may be of everything."""
    for resource, statement in statements():
        if statement["Effect"] == "Allow":
            for action in listed(statement["Action"]):
                assert re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z]+", action), (resource, action)


def test_a_resource_is_everything_only_where_aws_takes_no_name() -> None:
    wide = {
        (resource, statement["Sid"])
        for resource, statement in statements()
        if "*" in listed(statement["Resource"])
    }

    assert wide == set(ON_ALL_RESOURCES)


def test_every_other_resource_is_of_this_account() -> None:
    """The ARN of a bucket has the account in the bucket's name; the transform belongs to AWS."""
    for resource, statement in statements():
        for value in listed(statement["Resource"]):
            if "Fn::Sub" in value and not re.search("(Packages|Trail)Bucket", value["Fn::Sub"]):
                assert "${AWS::AccountId}" in value["Fn::Sub"] or ":aws:transform/" in value["Fn::Sub"], (
                    resource
                )


def test_every_statement_has_a_name_of_its_own() -> None:
    for resource in RESOURCES:
        trusting = properties(resource).get("AssumeRolePolicyDocument", {"Statement": []})
        for document in [trusting, *documents(resource)]:
            names = [statement["Sid"] for statement in document["Statement"]]
            assert len(names) == len(set(names)), resource


@pytest.mark.parametrize(
    ("role", "subject"), [("DeployRole", "environment:production"), ("ChangeSetRole", "pull_request")]
)
def test_github_is_trusted_with_one_repository_only(role: str, subject: str) -> None:
    """The condition is on the tokens' audience and whole subject; without a pattern it fits no other repository."""
    statement = trust(role)
    equal = statement["Condition"]["StringEquals"]

    assert list(statement["Condition"]) == ["StringEquals"]
    assert equal[f"{TOKEN}:aud"] == "sts.amazonaws.com"
    assert equal[f"{TOKEN}:sub"]["Fn::If"][1:] == [
        {"Fn::Sub": f"repo:${{SubjectRepository}}:{subject}"},
        {"Fn::Sub": f"repo:${{Repository}}:{subject}"},
    ]


def test_a_repository_is_no_pattern() -> None:
    """Without a repository there is no role that anybody could assume."""
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
    """GitHub may let other branches into the environment."""
    assert trust("DeployRole")["Condition"]["StringEquals"][f"{TOKEN}:ref"] == "refs/heads/main"


def test_only_cloudformation_assumes_the_execution_role() -> None:
    """Only the role that deploys may pass it on."""
    assert trust("ExecutionRole")["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert [role for role in ROLES if "iam:PassRole" in actions(role)] == ["DeployRole", "ExecutionRole"]
    passing = allowed("DeployRole")["GiveTheRoleToCloudFormation"]
    assert passing["Resource"] == {"Fn::GetAtt": ["ExecutionRole", "Arn"]}
    assert passing["Condition"]["StringEquals"] == {"iam:PassedToService": "cloudformation.amazonaws.com"}


def test_a_deployment_uses_the_execution_role() -> None:
    """GitHub's own role calls and reads functions, uploads one file, and limits the warehouse: no more."""
    condition = allowed("DeployRole")["ProposeChanges"]["Condition"]

    assert condition == {"StringEquals": {"cloudformation:RoleArn": {"Fn::GetAtt": ["ExecutionRole", "Arn"]}}}
    assert {action for action in actions("DeployRole") if not re.match(r"cloudformation:|s3:", action)} == {
        "iam:PassRole",
        "lambda:GetFunctionConfiguration",
        "lambda:InvokeFunction",
        "lambda:ListEventSourceMappings",
        "redshift-serverless:CreateUsageLimit",
        "redshift-serverless:ListUsageLimits",
        "redshift-serverless:UpdateUsageLimit",
    }


def test_github_reads_no_sales() -> None:
    """It sees the names of objects, but reads neither an object of the data buckets nor a secret."""
    for role in ("DeployRole", "ChangeSetRole"):
        reading = [
            statement for statement in allowed(role).values() if "s3:GetObject" in listed(statement["Action"])
        ]
        assert all("PackagesBucket" in json.dumps(statement["Resource"]) for statement in reading)
    for role in ROLES:
        assert not any(action.startswith("secretsmanager:GetSecret") for action in actions(role))


def test_github_takes_no_sales_away() -> None:
    """It invokes two functions: one that creates tables, and one that removes the file of a smoke test alone."""
    invoking = [
        statement
        for statement in allowed("DeployRole").values()
        if "lambda:InvokeFunction" in listed(statement["Action"])
    ]

    assert [
        [arn(resource).rpartition(":")[2] for resource in statement["Resource"]] for statement in invoking
    ] == [["cafe-etl-prod-create_database", "cafe-etl-prod-smoke_cleanup"]]


def test_the_smoke_test_uploads_only_smoke_files() -> None:
    """No store has such keys."""
    put, listing = (
        allowed("DeployRole")[sid] for sid in ("PutAndRemoveTheSmokeFile", "SeeWhetherItIsLoaded")
    )

    assert arn(put["Resource"]).endswith("/smoke_test_*")
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "smoke_test_*"}}


def test_a_pull_request_changes_nothing() -> None:
    """Its change sets and packages have names of their own. The one function that it calls repeats the last release."""
    changing = {
        action for action in actions("ChangeSetRole") if not re.search(r":(Describe|Get|List)", action)
    }
    proposing = allowed("ChangeSetRole")["ProposeChanges"]["Condition"]["StringLike"]

    assert changing == {
        "cloudformation:CreateChangeSet",
        "cloudformation:DeleteChangeSet",
        "lambda:InvokeFunction",
        "s3:AbortMultipartUpload",
        "s3:PutObject",
    }
    assert arn(allowed("ChangeSetRole")["AskForTheSchema"]["Resource"]).endswith(
        ":function:cafe-etl-prod-create_database"
    )
    assert proposing["cloudformation:ChangeSetName"][0] == "pull-request-*"
    assert allowed("ChangeSetRole")["UploadPackages"]["Resource"] == {
        "Fn::Sub": "${PackagesBucket.Arn}/pull-requests/*"
    }


def test_the_change_set_of_a_pull_request_is_never_deployed() -> None:
    """A deployment that names it is refused, too."""
    condition = allowed("DeployRole")["MakeChanges"]["Condition"]

    assert condition == {"StringNotLike": {"cloudformation:ChangeSetName": "*pull-request-*"}}


def test_roles_are_created_within_the_boundary() -> None:
    """Somebody who could create other roles could create an administrator."""
    boundary = {"iam:PermissionsBoundary": {"Ref": "Boundary"}}
    granting = allowed("ExecutionRole")["GrantWithinTheBoundary"]
    attaching = allowed("ExecutionRole")["AttachWhatLambdaNeeds"]

    assert {"iam:CreateRole", "iam:PutRolePolicy"} <= set(granting["Action"])
    assert granting["Condition"]["StringEquals"] == attaching["Condition"]["StringEquals"] == boundary
    assert not {"iam:DeleteRolePermissionsBoundary", "iam:CreatePolicyVersion"} & actions("ExecutionRole")


def test_the_stack_cannot_change_the_roles_that_deploy_it() -> None:
    """The execution role may not touch roles with these names."""
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
    """Nobody could log in to a machine with such a role."""
    condition = allowed("ExecutionRole")["GiveRolesToFunctionsAndWarehouse"]["Condition"]

    assert {service.partition(".")[0] for service in condition["StringEquals"]["iam:PassedToService"]} == {
        "lambda",
        "redshift",
        "redshift-serverless",
    }


@pytest.mark.parametrize("function", sorted(policies(PROJECT, "prod")))
def test_the_boundary_holds_what_a_function_may(function: str) -> None:
    """A permission that the boundary lacks would only be denied in the cloud."""
    for statement in policies(PROJECT, "prod")[function]["Statement"]:
        for action, resource in product(statement["Action"], statement["Resource"]):
            named = fill(resource.replace(WORKGROUP, NO_WORKGROUP), **FILLED)
            assert is_within_the_boundary(action, named), (statement["Sid"], action)


def is_within_the_boundary(action: str, resource: str) -> bool:
    """Tell whether the boundary allows an action on a resource, which may be a pattern itself."""
    return any(
        fnmatchcase(resource, arn(pattern))
        for statement in allowed("Boundary").values()
        if action in listed(statement["Action"])
        for pattern in listed(statement["Resource"])
    )


def test_the_bootstrap_is_for_the_stack_that_a_release_makes() -> None:
    """Name, buckets, and bucket of packages are the same in both."""
    stack = Stack.of("prod", "${AWS::AccountId}", "${AWS::Region}", {})
    names = Names.of(PROJECT, "prod")
    buckets = allowed("Boundary")["BothBuckets"]["Resource"]
    [raw, _, processed, _] = [bucket["Fn::If"][-1] for bucket in buckets]

    assert f":stack/{stack.name}/*" in json.dumps(allowed("DeployRole")["ReadTheStack"]["Resource"])
    assert properties("PackagesBucket")["BucketName"] == {"Fn::Sub": stack.bucket}
    assert (raw, processed) == (
        {"Fn::Sub": f"arn:aws:s3:::{names.raw_bucket}"},
        {"Fn::Sub": f"arn:aws:s3:::{names.processed_bucket}"},
    )


def test_the_execution_role_creates_every_type_of_the_stack() -> None:
    """A new type needs a new permission, and a name that narrows the permission."""
    resources = build(PROJECT, "prod")["Resources"].values()

    assert {CREATED_BY.get(body["Type"]) for body in resources if "Type" in body} <= actions("ExecutionRole")
    for body in resources:
        for key, name in body.get("Properties", {}).items():
            if key in NAMES and isinstance(name, str):
                assert name.startswith("cafe-etl-prod-"), name


def test_policies_are_not_too_long() -> None:
    """IAM would only say so during the deployment."""
    assert size(properties("Boundary")["PolicyDocument"]) <= MANAGED
    for role in ROLES:
        assert sum(map(size, documents(role))) <= INLINE, role


def test_the_bucket_of_packages_is_private_and_retained() -> None:
    """The code of a package has access to the data."""
    bucket = RESOURCES["PackagesBucket"]
    settings = bucket["Properties"]
    [rule] = settings["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    assert settings["VersioningConfiguration"] == {"Status": "Enabled"}
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert set(settings["PublicAccessBlockConfiguration"].values()) == {True}
    assert settings["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_packages_travel_by_tls_only() -> None:
    [statement] = properties("PackagesBucketPolicy")["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_replaced_packages_expire() -> None:
    """The package that runs has no tag; nobody needs that of a pull request for long."""
    replaced, older, proposed = properties("PackagesBucket")["LifecycleConfiguration"]["Rules"]

    assert (replaced["TagFilters"], replaced["ExpirationInDays"]) == (
        [{"Key": "package", "Value": "replaced"}],
        90,
    )
    assert older["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert "ExpirationInDays" not in older
    assert (proposed["Prefix"], proposed["ExpirationInDays"]) == ("pull-requests/", 14)


def test_every_rule_of_checkov_that_is_skipped_has_a_reason() -> None:
    for resource, body in RESOURCES.items():
        for skip in body.get("Metadata", {}).get("checkov", {}).get("skip", []):
            assert re.fullmatch(r"CKV2?_AWS_\d+", skip["id"]), resource
            assert len(skip["comment"]) > len("because we said so"), resource


def test_the_network_has_a_private_subnet_in_each_of_three_zones() -> None:
    """Redshift Serverless requires three zones; the outputs are lists in the form of a parameter."""
    outputs = template("network")["Outputs"]
    comma, subnets = outputs["SubnetIds"]["Value"]["Fn::Join"]
    zones = {properties(subnet["Ref"])["AvailabilityZone"]["Fn::Select"][0] for subnet in subnets}

    assert (comma, zones) == (",", {0, 1, 2})
    assert not any(properties(subnet["Ref"]).get("MapPublicIpOnLaunch") for subnet in subnets)
    assert outputs["SecurityGroupIds"]["Value"] == {"Fn::GetAtt": ["Members", "GroupId"]}


def test_nobody_enters_the_network_from_outside() -> None:
    """Members reach the warehouse, and AWS by TLS."""
    ingress = [
        body["Properties"] for body in RESOURCES.values() if body["Type"] == "AWS::EC2::SecurityGroupIngress"
    ]
    egress = properties("Members")["SecurityGroupEgress"]

    assert "SecurityGroupIngress" not in properties("Members")
    assert [(rule["FromPort"], rule["ToPort"]) for rule in ingress] == [
        ({"Ref": "WarehousePort"}, {"Ref": "WarehousePort"})
    ]
    assert template("network")["Parameters"]["WarehousePort"]["Default"] == 5439
    assert ingress[0]["SourceSecurityGroupId"] == {"Ref": "Members"}
    assert {(rule["FromPort"], rule["ToPort"]) for rule in egress} == {(443, 443)}
    assert [rule.get("CidrIpv6", rule.get("CidrIp")) for rule in egress] == ["::/0", "0.0.0.0/0"]


def test_a_budget_mails_before_and_after_its_amount() -> None:
    budget = properties("Budget")
    notifications = [entry["Notification"] for entry in budget["NotificationsWithSubscribers"]]

    assert RESOURCES["Budget"]["Condition"] == "HasBudget"
    assert budget["Budget"]["BudgetLimit"] == {"Amount": {"Ref": "MonthlyBudget"}, "Unit": "USD"}
    assert {(each["NotificationType"], each["Threshold"]) for each in notifications} == {
        ("ACTUAL", 80),
        ("FORECASTED", 100),
    }


def test_requests_for_objects_are_recorded_only_on_request() -> None:
    """Nothing in the templates or documents may count on these records otherwise."""
    recorded = {name for name, body in RESOURCES.items() if body.get("Condition") == "RecordsObjects"}
    fields = {
        selector["Field"]: selector
        for selector in properties("Trail")["AdvancedEventSelectors"][0]["FieldSelectors"]
    }

    assert template("bootstrap")["Parameters"]["DataEvents"]["Default"] == "no"
    assert recorded == {"TrailBucket", "TrailBucketPolicy", "Trail"}
    assert fields["eventCategory"]["Equals"] == ["Data"]
    assert [arn(value) for value in fields["resources.ARN"]["StartsWith"]] == [
        f"arn:aws:s3:::{bucket}-123456789012-ap-southeast-1/" for bucket in ("ads-raw-data", "ads-processed")
    ]


def test_only_the_trail_writes_to_its_bucket() -> None:
    _, look, write = properties("TrailBucketPolicy")["PolicyDocument"]["Statement"]

    assert (look["Action"], write["Action"]) == ("s3:GetBucketAcl", "s3:PutObject")
    for statement in (look, write):
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert arn(statement["Condition"]["StringEquals"]["aws:SourceArn"]).endswith(":trail/ads-resources")
