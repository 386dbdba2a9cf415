"""The template of a stage, and its resources as they are known without CloudFormation."""

import json
import re
from collections import defaultdict
from functools import cache
from typing import Any

import boto3
import pytest
import yaml

from chalicelib import schedules
from chalicelib.load import handler as load_handler
from chalicelib.load import retries
from chalicelib.operations import smoke_cleanup, summary
from chalicelib.people import metrics
from chalicelib.settings import LOAD_TIMEOUT
from chalicelib.warehouse import schema
from infra import second_part, smoke, template
from infra.accounts import Account
from infra.chalice_stage import Options, Stage
from infra.configuring import entry_of
from infra.errors import InfraError
from infra.names import Names, config, fill
from infra.policies import WORKGROUP, policies
from infra.resolving import Resolver, is_retained
from infra.runtimes import runtime
from infra.surroundings import surroundings
from local.state import PROJECT

ACCOUNT, REGION = "210987654321", "eu-central-1"
STAGES = ["dev", "prod"]
FUNCTIONS = sorted(config(PROJECT)["lambda_functions"])


def resources(stage: str = "prod") -> dict[str, Any]:
    """Return the resources of a stage's template."""
    return dict(template.build(PROJECT, stage)["Resources"])


def of_type(kind: str, stage: str = "prod") -> list[dict[str, Any]]:
    """Return the properties of all resources of a type."""
    return [body["Properties"] for body in resources(stage).values() if body.get("Type") == kind]


def names_by_type(stage: str) -> dict[str, set[str]]:
    """Return the names of the resources that Chalice does not create, by type."""
    names: dict[str, set[str]] = defaultdict(set)
    for resource in surroundings(PROJECT, stage, ACCOUNT, REGION, {"Warehouse": "w"}).values():
        names[resource.type].add(resource.name)
    return names


def test_two_stages_share_no_name() -> None:
    """Several stages live in one account. Policies have no names."""
    dev, prod = (set().union(*names_by_type(stage).values()) for stage in STAGES)

    assert "ads-raw-data-210987654321-eu-central-1" in prod
    assert "ads-raw-data-dev-210987654321-eu-central-1" in dev
    assert dev & prod == {""}


def variables(stage: str) -> dict[str, str]:
    """Return the variables that every function has: of a stack from its template, else from the stage's entry."""
    if stage == "prod":
        resolver = Resolver(template.build(PROJECT, stage), {"Warehouse": "w"}, ACCOUNT, REGION)
        functions = resolver.resources({"AWS::Serverless::Function"})
        return dict(functions["Ingest"].properties["Environment"]["Variables"])
    place = Stage(PROJECT, stage, Account(ACCOUNT, REGION, boto3.Session()), runtime())
    return dict(entry_of(place, Options("postgresql://host/cafe"))["environment_variables"])


@pytest.mark.parametrize("stage", STAGES)
def test_functions_get_the_names_that_the_template_creates(stage: str) -> None:
    """A name that is written in two places is the same in both."""
    created, settings = names_by_type(stage), variables(stage)
    here = f"arn:aws:sns:{REGION}:{ACCOUNT}:"

    assert {settings["RAW_BUCKET"], settings["PROCESSED_BUCKET"]} == created["AWS::S3::Bucket"]
    assert {settings["LOAD_QUEUE"], f"{settings['LOAD_QUEUE']}-dead"} <= created["AWS::SQS::Queue"]
    assert {settings["HASH_KEY_SECRET"]} == created["AWS::SecretsManager::Secret"]
    mails = {settings[name].removeprefix(here) for name in ("NOTICE_TOPIC", "STORE_TOPIC")}
    assert created["AWS::SNS::Topic"] == mails | {f"cafe-etl-{stage}-alarms"}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_policy_is_the_same_for_chalice_and_for_the_template(stage: str, function: str) -> None:
    """Both come from one file, and contain no name of another stage."""
    policy = json.dumps(policies(PROJECT, stage)[function]).replace(WORKGROUP, template.NO_WORKGROUP)
    of_chalice = fill(policy, ACCOUNT, REGION)
    resolver = Resolver(template.build(PROJECT, stage), {"Warehouse": "w"}, ACCOUNT, REGION)
    [role] = [
        resource
        for resource in resolver.resources({"AWS::IAM::Role"}).values()
        if resource.name.endswith(f"-{function}")
    ]

    assert role.properties["Policies"][0]["PolicyDocument"] == json.loads(of_chalice)
    assert "cafe-etl-*-" not in of_chalice
    assert "arn:aws:s3:::ads-raw-data/" not in of_chalice
    assert f"cafe-etl-{stage}-{function}" in of_chalice


def test_parameters_name_buckets() -> None:
    """The names change everywhere: in functions, in permissions and in the buckets themselves."""
    parameters = {"Warehouse": "w", "RawBucket": "our-raw", "ProcessedBucket": "our-processed"}
    resolver = Resolver(template.build(PROJECT, "prod"), parameters, ACCOUNT, REGION)
    kinds = {"AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::IAM::Role", "AWS::Serverless::Function"}
    text = json.dumps([resource.properties for resource in resolver.resources(kinds).values()])

    assert text.count("our-raw") > 10
    assert text.count("our-processed") > 10
    assert "ads-raw-data" not in text
    assert "ads-processed" not in text


def test_every_function_has_a_log_that_expires_and_an_optional_boundary() -> None:
    """Its name is the one that Chalice would give it."""
    bodies = resources()
    for function in FUNCTIONS:
        name = template.logical(function)
        assert bodies[name]["Properties"]["FunctionName"] == f"cafe-etl-prod-{function}"
        assert bodies[f"{name}Log"]["Properties"]["RetentionInDays"] == {"Ref": "LogDays"}
        assert bodies[f"{name}Role"]["Properties"]["PermissionsBoundary"]["Fn::If"][0] == "HasBoundary"


def test_alarms_are_those_that_the_runbook_explains() -> None:
    runbook = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8")
    endings = {
        alarm["AlarmName"].removeprefix("cafe-etl-prod") for alarm in of_type("AWS::CloudWatch::Alarm")
    }

    assert {"-sweep-errors", "-summarise-errors"} <= endings
    assert all(f"`…{ending}`" in runbook for ending in endings)


def test_a_stage_has_no_more_alarms_and_metrics_than_cloudwatch_gives_for_nothing() -> None:
    """An account has ten alarms of one metric each, ten metrics, and three dashboards of 50 metrics for nothing."""
    alarms = of_type("AWS::CloudWatch::Alarm")
    constants = [value if isinstance(value, tuple) else (value,) for value in vars(metrics).values()]
    own = {name for names in constants for name in names if re.fullmatch(r"([A-Z][a-z]+)+", str(name))}
    [dashboard] = of_type("AWS::CloudWatch::Dashboard")
    text = dashboard["DashboardBody"]["Fn::Sub"]
    charted = [
        line for widget in json.loads(text)["widgets"] for line in widget["properties"].get("metrics", [])
    ]

    assert len(alarms) <= 10
    assert not [alarm for alarm in alarms if "Metrics" in alarm]  # each metric of a formula would be paid for
    periods = [alarm["Period"] for alarm in alarms if isinstance(alarm["Period"], int)]
    periods += [times["Period"] for times in template.load()["Mappings"]["LoadTimes"].values()]
    assert all(period >= 60 for period in periods)  # a shorter one has another price
    assert own >= {"FilesLoaded", "FilesStuck", "ReportsFailed"}
    assert len(own) <= 10
    assert len(charted) <= 50


def test_an_alarms_description_names_a_section_of_the_runbook() -> None:
    runbook = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^#+ (.*)$", runbook, re.MULTILINE))
    for alarm in of_type("AWS::CloudWatch::Alarm"):
        section = re.search(r"see (.*) in docs/runbook\.md$", alarm["AlarmDescription"])
        assert section is not None, alarm["AlarmDescription"]
        assert section[1] in headings


def alarm(ending: str) -> dict[str, Any]:
    """Return the settings of an alarm by the end of its name."""
    [settings] = [each for each in of_type("AWS::CloudWatch::Alarm") if each["AlarmName"].endswith(ending)]
    return settings


def test_a_load_that_takes_over_half_of_its_time_sets_off_an_alarm() -> None:
    seconds = config(PROJECT)["lambda_functions"]["load"]["lambda_timeout"]

    assert alarm("-load-duration")["Threshold"] == seconds * 1000 / 2
    assert (alarm("-load-duration")["MetricName"], alarm("-load-duration")["Statistic"]) == (
        "Duration",
        "Maximum",
    )


def test_an_hour_without_a_sweep_sets_off_an_alarm() -> None:
    """With other times between sweeps it is the time of four."""
    no_sweep = alarm("-no-sweep")
    minutes = template.load()["Parameters"]["SweepMinutes"]

    assert (no_sweep["TreatMissingData"], no_sweep["EvaluationPeriods"]) == (
        "breaching",
        {"Ref": "SweepMinutes"},
    )
    assert no_sweep["Period"] * minutes["Default"] == 3600


def test_events_that_lambda_gives_up_and_reports_that_fail_set_off_alarms() -> None:
    """An event that Lambda drops goes to the destination first, whatever the reason."""
    given_up, failed = alarm("-ingest-dead-letters"), alarm("-reports-failed")
    destination = resources()["IngestFailures"]["Properties"]["DestinationConfig"]["OnFailure"]["Destination"]

    assert destination == {"Fn::GetAtt": ["IngestDeadLetters", "Arn"]}
    assert given_up["Dimensions"][0]["Value"] == {"Fn::GetAtt": ["IngestDeadLetters", "QueueName"]}
    assert (failed["Namespace"], failed["MetricName"]) == ("CafeEtl/prod", metrics.REPORTS_FAILED)
    assert "Dimensions" not in failed


def test_no_function_may_send_metrics_by_a_call() -> None:
    assert "PutMetricData" not in json.dumps(template.build(PROJECT, "prod"))


def test_no_variable_gives_every_metric_a_dimension() -> None:
    assert not [
        name
        for body in of_type("AWS::Serverless::Function")
        for name in body["Environment"]["Variables"]
        if name.startswith("POWERTOOLS")
    ]


def test_the_alarm_on_files_watches_the_stages_own_namespace() -> None:
    [no_file] = [alarm for alarm in of_type("AWS::CloudWatch::Alarm") if alarm["MetricName"] == "FilesLoaded"]

    assert no_file["Namespace"] == Names.of(PROJECT, "prod").metrics_namespace == "CafeEtl/prod"


def test_the_sweep_knows_how_often_it_runs() -> None:
    """It reports only what is new since the run before."""
    event = resources()["Sweep"]["Properties"]["Events"]["SweepEvent"]["Properties"]

    for minutes in schedules.SWEEP_MINUTES:
        schedule = resolver(SweepMinutes=str(minutes)).value(event["Schedule"])
        assert schedule == schedules.sweep({"SWEEP_MINUTES": str(minutes)})
    assert template.load()["Parameters"]["SweepMinutes"]["AllowedValues"] == [*schedules.SWEEP_MINUTES]
    assert resources()["Sweep"]["Properties"]["Environment"]["Variables"]["SWEEP_MINUTES"] == {
        "Ref": "SweepMinutes"
    }


@cache
def built() -> dict[str, Any]:
    """Return the template of a stack, built once."""
    return template.build(PROJECT, "prod")


def resolver(**parameters: str) -> Resolver:
    """Return a stack with these parameters."""
    return Resolver(built(), parameters, ACCOUNT, REGION)


def test_a_parameter_that_is_a_number_may_come_as_a_text() -> None:
    """CloudFormation's API knows only texts, and CloudWatch takes none for the periods of an alarm."""
    value = {"Ref": "SweepMinutes"}

    assert (resolver(SweepMinutes="30").value(value), resolver().value(value)) == (30, 15)


@pytest.mark.parametrize("minutes", schedules.LOAD_MINUTES)
@pytest.mark.parametrize("hour", [0, 1, 5, 6, 7, 13, 23])
def test_load_has_its_times_from_parameters(minutes: int, hour: int) -> None:
    """Only one of its two triggers is on: the queue, or the times that other stages have, too."""
    events = built()["Resources"]["Load"]["Properties"]["Events"]
    parameters = {"LoadMinutes": str(minutes), "SummaryHour": str(hour)}
    queue, times = (
        resolver(**parameters).value(events[name]["Properties"])
        for name in ("LoadSqsEventSource", "LoadTimes")
    )

    assert (queue["Enabled"], times["State"]) == ((True, "DISABLED") if minutes == 0 else (False, "ENABLED"))
    expression = schedules.load({"LOAD_MINUTES": str(minutes), "SUMMARY_HOUR": str(hour)})
    assert times["Schedule"] == (expression or "cron(50 * * * ? *)")


def test_a_new_stage_loads_six_times_a_day_and_looks_for_missing_stores_once() -> None:
    parameters = template.load()["Parameters"]
    variables = resources()["Sweep"]["Properties"]["Environment"]["Variables"]

    assert int(parameters["LoadMinutes"]["Default"]) == 24 * 60 / 6
    assert [*map(int, parameters["LoadMinutes"]["AllowedValues"])] == [*schedules.LOAD_MINUTES]
    assert [*map(int, parameters["SummaryHour"]["AllowedValues"])] == [*range(24)]
    assert parameters["WarehouseChecks"]["Default"] == "daily"
    assert (variables["LOAD_MINUTES"], variables["WAREHOUSE_CHECKS"]) == (
        {"Ref": "LoadMinutes"},
        {"Ref": "WarehouseChecks"},
    )


@pytest.mark.parametrize("minutes", schedules.LOAD_MINUTES)
def test_a_request_may_wait_for_its_load_and_a_quarter_of_an_hour_more(minutes: int) -> None:
    """Then the alarm on the queue goes off."""
    age = built()["Resources"]["LoadQueueAgeAlarm"]["Properties"]
    threshold = resolver(LoadMinutes=str(minutes)).value(age["Threshold"])

    assert threshold == minutes * 60 + 900


def test_the_summary_has_its_hour_from_a_parameter() -> None:
    """Its hours of files end at the time at which it runs."""
    event = resources()["Summarise"]["Properties"]["Events"]["SummariseEvent"]["Properties"]

    assert event == {"Schedule": {"Fn::Sub": "cron(0 ${SummaryHour} * * ? *)"}}
    assert resources()["Summarise"]["Properties"]["Environment"]["Variables"]["SUMMARY_HOUR"] == {
        "Ref": "SummaryHour"
    }


def test_alarms_have_a_topic_of_their_own_and_cloudwatch_no_other() -> None:
    alarms = of_type("AWS::CloudWatch::Alarm")
    policies = of_type("AWS::SNS::TopicPolicy")

    assert all(alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}] for alarm in alarms)
    [policy] = [policy for policy in policies if "cloudwatch.amazonaws.com" in json.dumps(policy)]
    assert policy["Topics"] == [{"Ref": "AlarmTopic"}]


def test_a_message_is_invisible_for_six_times_the_loads_time() -> None:
    """AWS requires this of a queue that a function reads."""
    seconds = config(PROJECT)["lambda_functions"]["load"]["lambda_timeout"]
    [queue] = [body for body in of_type("AWS::SQS::Queue") if "RedrivePolicy" in body]

    assert queue["VisibilityTimeout"] == 6 * seconds
    assert retries.lifetime(seconds) < queue["VisibilityTimeout"]


def test_a_request_is_given_up_when_the_code_says_so() -> None:
    """The sweep sends a file again that is older than all attempts at its request."""
    [queue] = [body for body in of_type("AWS::SQS::Queue") if "RedrivePolicy" in body]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == retries.MOST_RECEIVES


@pytest.mark.parametrize("minutes", [str(minutes) for minutes in schedules.LOAD_MINUTES])
def test_the_alarm_on_failing_requests_sees_each_of_them_in_its_time(minutes: str) -> None:
    """Otherwise it would end between two attempts, and ring anew. An attempt may take half of the function's time."""
    failing, times = alarm("-load-failing"), template.load()["Mappings"]["LoadTimes"][minutes]
    attempt = config(PROJECT)["lambda_functions"]["load"]["lambda_timeout"] * load_handler.WORK_SHARE
    first_minutes = sum(map(retries.delay, range(1, 6))) / 60

    assert failing["DatapointsToAlarm"] == 1
    assert failing["Threshold"] > first_minutes
    assert (times["Periods"] - 1) * times["Period"] > max(60 * int(minutes), retries.LONGEST_DELAY) + attempt
    # CloudWatch looks back a day, or seven with periods of an hour.
    assert times["Periods"] * times["Period"] <= (1 if times["Period"] < 3600 else 7) * 86400


def test_the_alarm_on_the_age_of_requests_knows_those_that_fail() -> None:
    """SQS counts the age of a request until it has been received three times."""
    age_at_third_receive = retries.delay(1) + retries.delay(2)

    threshold = resolver(LoadMinutes="0").value(alarm("-load-queue-age")["Threshold"])

    assert threshold > 2 * age_at_third_receive


def test_the_code_knows_the_times_that_its_functions_have() -> None:
    """Each waits for the warehouse no longer than it may run itself."""
    functions = config(PROJECT)["lambda_functions"]

    assert functions["load"]["lambda_timeout"] == LOAD_TIMEOUT == smoke.TIMEOUT_SECONDS
    assert functions["create_database"]["lambda_timeout"] == schema.TIMEOUT
    assert functions["smoke_cleanup"]["lambda_timeout"] == smoke_cleanup.TIMEOUT
    assert functions["summarise"]["lambda_timeout"] == summary.TIMEOUT


def test_parts_outlive_the_last_request_for_them() -> None:
    """A request may wait on the load queue, and then on the dead-letter queue."""
    waiting = sum(queue["MessageRetentionPeriod"] for queue in of_type("AWS::SQS::Queue")[:2])
    [processed] = [body for body in of_type("AWS::S3::Bucket") if "NotificationConfiguration" not in body]
    rule = processed["LifecycleConfiguration"]["Rules"][0]

    assert rule["Prefix"] == "staged/"
    assert rule["ExpirationInDays"] * 86400 >= waiting


def test_raw_objects_expire() -> None:
    """They hold names. A file that was refused whole expires after 30 days, an older version after one."""
    [raw] = [body for body in of_type("AWS::S3::Bucket") if "NotificationConfiguration" in body]
    rule = raw["LifecycleConfiguration"]["Rules"][0]

    assert "Prefix" not in rule
    assert (rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]) == (30, {"NoncurrentDays": 1})


@pytest.mark.parametrize("bucket", of_type("AWS::S3::Bucket"), ids=["raw", "processed"])
def test_buckets_are_private_encrypted_and_versioned(bucket: dict[str, Any]) -> None:
    """The chain owns every object, whoever uploaded it."""
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


@pytest.mark.parametrize("kind", ["AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"])
def test_nothing_is_reached_without_tls(kind: str) -> None:
    for policy in of_type(kind):
        statements = {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}
        statement = statements["TlsOnly"]
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_copy_role_reads_parts_and_nothing_else() -> None:
    """Redshift has its permissions, and so has everybody who can write SQL there."""
    role = resources()["CopyRole"]["Properties"]
    read, listing = role["Policies"][0]["PolicyDocument"]["Statement"]

    assert (read["Action"], listing["Action"]) == ("s3:GetObject", "s3:ListBucket")
    assert json.dumps(read["Resource"]).count("/staged/*") == 1
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "staged/*"}}
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]


def test_data_outlives_the_stack() -> None:
    """Files, figures and the hash key stay, unless the stack's first release fails: then they are empty."""
    retained = {
        name for name, body in resources().items() if body.get("DeletionPolicy") == "RetainExceptOnCreate"
    }

    assert retained == {"RawDataBucket", "ProcessedDataBucket", "HashKey", "Namespace"}
    assert all(resources()[name]["UpdateReplacePolicy"] == "Retain" for name in retained)


@pytest.mark.parametrize("function", sorted(set(FUNCTIONS) - {"ingest"}))
def test_a_function_enters_the_workgroup_of_its_stack_and_no_other(function: str) -> None:
    """An account may have other workgroups, such as the chain's own data warehouse."""
    role = resources()[f"{template.logical(function)}Role"]["Properties"]
    [entering] = [
        statement
        for statement in role["Policies"][0]["PolicyDocument"]["Statement"]
        if "redshift-serverless:GetCredentials" in statement["Action"]
    ]
    [arn] = entering["Resource"]
    condition, own, of_a_parameter = arn["Fn::If"]

    assert (condition, own) == ("CreatesWarehouse", {"Fn::GetAtt": ["Workgroup", "Workgroup.WorkgroupArn"]})
    assert "*" not in json.dumps(of_a_parameter)
    for parameters, expected in (
        ({"WorkgroupArn": "arn:of:one"}, "arn:of:one"),
        ({}, f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/none"),
    ):
        resolver = Resolver(
            template.build(PROJECT, "prod"), {"Warehouse": "w", **parameters}, ACCOUNT, REGION
        )
        assert resolver.value(arn) == expected


def test_a_subscription_that_nobody_has_confirmed_stops_neither_a_rollback_nor_a_deletion() -> None:
    """SNS refuses to delete it, so CloudFormation does not try. It goes with its topic, so it is not data."""
    subscriptions = [body for body in resources().values() if body.get("Type") == "AWS::SNS::Subscription"]
    topics = {body["Properties"]["TopicArn"]["Ref"] for body in subscriptions}

    assert [(body["DeletionPolicy"], is_retained(body)) for body in subscriptions] == [("Retain", False)] * 2
    assert {resources()[topic].get("DeletionPolicy", "Delete") for topic in topics} == {"Delete"}
    assert {body["UpdateReplacePolicy"] for body in subscriptions} == {"Delete"}


def test_only_functions_that_enter_the_warehouse_are_in_its_network() -> None:
    """Ingest is not: it reads files that anybody may send."""
    inside = {name for name, body in resources().items() if "VpcConfig" in body.get("Properties", {})}

    assert inside == {"CreateDatabase", "Load", "Remove", "Replay", "SmokeCleanup", "Summarise", "Sweep"}


def test_the_second_part_is_what_make_template_writes() -> None:
    """After a change of a policy, of a function or of the first part, `make template` brings it up to date."""
    assert second_part.written(PROJECT) == template.SOURCE.read_text(encoding="utf-8")


def test_the_template_has_no_aliases_of_yaml() -> None:
    """CloudFormation does not take them, and Chalice would write them into its own template."""
    tokens = yaml.scan(template.SOURCE.read_text(encoding="utf-8"))

    assert not [token for token in tokens if isinstance(token, yaml.AnchorToken | yaml.AliasToken)]


def test_an_unknown_stage_is_refused_with_a_list_of_the_stages() -> None:
    with pytest.raises(InfraError, match=r"There is no stage moon in .*, only local, dev, prod"):
        template.build(PROJECT, "moon")


@pytest.mark.parametrize("value", [{"Fn::ImportValue": "x"}, {"Fn::GetAtt": ["HashKey", "Version"]}])
def test_a_value_that_only_cloudformation_knows_is_an_error(value: dict[str, Any]) -> None:
    resolver = Resolver(template.build(PROJECT, "prod"), {}, ACCOUNT, REGION)

    with pytest.raises(InfraError, match="Only CloudFormation"):
        resolver.value(value)


def test_other_partitions_have_their_own_names() -> None:
    """China, and the regions of the American government."""
    text = "arn:${AWS::Partition}:s3:::x-${AWS::Region}"

    assert fill(text, ACCOUNT, "cn-north-1") == "arn:aws-cn:s3:::x-cn-north-1"
    assert fill(text, ACCOUNT, "us-gov-west-1") == "arn:aws-us-gov:s3:::x-us-gov-west-1"
    assert fill(text, ACCOUNT, "eu-west-1") == "arn:aws:s3:::x-eu-west-1"
