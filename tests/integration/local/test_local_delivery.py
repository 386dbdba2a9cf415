"""Functions, notifications and queues of the local cloud, with handlers that fail on demand."""

import io
import json
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chalicelib import aws
from local.client import Clients
from local.cloud import lambda_runtime, moto_backends
from local.cloud.cloud import Cloud, Settings
from local.cloud.warm_worker import Code
from local.state import PROJECT
from tests.support.endpoint import ACCESS_KEY

TOYS = Path(__file__).parent / "toys"
RETRY_SECONDS = 0.03


class Toy:
    """A cloud in this process, with functions made of `toys/handlers.py`."""

    def __init__(self, folder: Path) -> None:
        project = folder / "project"
        project.mkdir()
        shutil.copy(TOYS / "handlers.py", project)
        (project / "local").symlink_to(PROJECT / "local")
        self.logs = folder
        self._seen = folder / "seen"
        settings = Settings(Code(project), folder, ACCESS_KEY, retry_seconds=RETRY_SECONDS)
        self.cloud = Cloud(settings, {"SEEN": str(self._seen)}, lambda _request: {})
        self.clients = Clients(self.cloud.endpoint.url, ACCESS_KEY)
        self.cloud.deliver()

    def seen(self) -> list[Any]:
        """Return the events that `note` and `batch` got."""
        lines = self._seen.read_text(encoding="utf-8").splitlines() if self._seen.exists() else []
        return [json.loads(line) for line in lines]

    def create_function(self, name: str, timeout: int = 30) -> str:
        """Create a function of the handler of that name; return its ARN."""
        role = self.clients.any("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"][
            "Arn"
        ]
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr("handlers.py", "")
        created = self.clients.functions.create_function(
            FunctionName=name,
            Role=role,
            Handler=f"handlers.{name}",
            Runtime="python3.12",
            Timeout=timeout,
            Code={"ZipFile": zipped.getvalue()},
            Environment={"Variables": {"COLOUR": "green"}},
        )
        return created["FunctionArn"]

    def invoke(self, name: str, **event: Any) -> Any:
        """Invoke a function and return its payload."""
        response = self.clients.functions.invoke(FunctionName=name, Payload=json.dumps(event))
        return json.loads(response["Payload"].read())

    def create_bucket(self, name: str, function: str, **rule: str) -> None:
        """Create a versioned bucket that notifies a function of new objects."""
        s3 = self.clients.any("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        rules = [{"Name": key, "Value": value} for key, value in rule.items()]
        configuration: dict[str, Any] = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
        if rules:
            configuration["Filter"] = {"Key": {"FilterRules": rules}}
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"LambdaFunctionConfigurations": [configuration]}
        )

    def create_queues(self, function: str, **mapping: Any) -> tuple[str, str]:
        """Create a queue with a dead-letter queue after 3 receives, and map it; return both URLs."""
        sqs = self.clients.sqs
        dead = sqs.create_queue(QueueName="work-dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
        url = sqs.create_queue(QueueName="work", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
        self.clients.any("lambda").create_event_source_mapping(
            EventSourceArn=arn.removesuffix("-dead"), FunctionName=function, **mapping
        )
        return url, dead

    def depth(self, url: str) -> int:
        """Return how many messages a queue holds, visible or not."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return sum(
            map(
                int,
                self.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)[
                    "Attributes"
                ].values(),
            )
        )


def until(condition: Callable[[], Any], seconds: float = 20) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def failing_once(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, error: Exception) -> list[None]:
    """Let a function of a module raise an error at its first call; return a list with an entry for each call."""
    original = getattr(module, name)
    calls: list[None] = []

    def call(*arguments: Any) -> Any:
        calls.append(None)
        if len(calls) == 1:
            raise error
        return original(*arguments)

    monkeypatch.setattr(module, name, call)
    return calls


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    """Return a cloud of this test alone."""
    toy = Toy(tmp_path)
    yield toy
    toy.cloud.stop()


def test_a_function_returns_what_its_handler_returns_and_stays_warm(toy: Toy) -> None:
    toy.create_function("obey")

    first, second = toy.invoke("obey", n=1), toy.invoke("obey", n="é")

    assert first["process"] == second["process"]
    assert second["event"] == {"n": "é"}


def test_a_handler_that_raises_answers_as_lambda_does(toy: Toy) -> None:
    toy.create_function("obey")

    response = toy.clients.functions.invoke(FunctionName="obey", Payload='{"do": "fail", "why": "no milk"}')

    error = json.loads(response["Payload"].read())
    assert response["FunctionError"] == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no milk")
    assert "handlers.py" in error["stackTrace"][0]


def test_a_crashed_worker_is_replaced(toy: Toy) -> None:
    toy.create_function("obey")

    crashed = toy.invoke("obey", do="crash")

    assert crashed["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in crashed["errorMessage"]
    assert "process" in toy.invoke("obey")


def test_a_function_that_takes_too_long_is_ended(toy: Toy) -> None:
    toy.create_function("obey", timeout=1)

    assert "Task timed out after 1.00 seconds" in toy.invoke("obey", do="sleep", seconds=60)["errorMessage"]
    assert "process" in toy.invoke("obey")


def test_a_worker_sees_nothing_of_the_users_aws_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://elsewhere.invalid")
    toy = Toy(tmp_path)
    try:
        toy.create_function("obey")
        environment = toy.invoke("obey", do="environment")
    finally:
        toy.cloud.stop()

    assert "elsewhere" not in json.dumps(environment)
    assert environment["COLOUR"] == "green"
    assert environment["AWS_ENDPOINT_URL"] == toy.cloud.endpoint.url
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "obey"


def test_a_handler_gets_a_lambda_context(toy: Toy) -> None:
    toy.create_function("obey", timeout=30)

    context = toy.invoke("obey", do="context")

    assert context["name"] == "obey"
    assert 20_000 < context["left"] <= 30_000


def test_what_a_handler_prints_is_in_cloudwatch_and_in_a_file(toy: Toy) -> None:
    """A handler may print to standard output or standard error, or use logging."""
    toy.create_function("obey")

    toy.invoke("obey", do="print", words="oat milk")

    events = toy.clients.any("logs").filter_log_events(logGroupName="/aws/lambda/obey")["events"]
    assert sum("oat milk" in event["message"] for event in events) == 3
    assert (toy.logs / "obey.log").read_text(encoding="utf-8").count("oat milk") == 3


@pytest.mark.parametrize(
    ("key", "quoted"),
    [
        ("a day.csv", "a+day.csv"),
        ("a+b.csv", "a%2Bb.csv"),
        ("50%.csv", "50%25.csv"),
        ("2021/café.csv", "2021/caf%C3%A9.csv"),
    ],
)
def test_a_notification_is_as_s3_sends_it(toy: Toy, key: str, quoted: str) -> None:
    """S3 quotes the key, and sends the version and a sequencer, which moto leaves out."""
    toy.create_bucket("raw", toy.create_function("note"))

    put = toy.clients.s3.put_object(Bucket="raw", Key=key, Body=b"12345")

    until(toy.seen)
    record = toy.seen()[0]["Records"][0]
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["bucket"]["name"] == "raw"
    described = record["s3"]["object"]
    assert int(described.pop("sequencer"), 16)
    assert described == {
        "key": quoted,
        "size": 5,
        "eTag": put["ETag"].strip('"'),
        "versionId": put["VersionId"],
    }


def test_sequencers_grow(toy: Toy) -> None:
    """As texts of one length, the sequencers of a key sort in the order of its uploads."""
    toy.create_bucket("raw", toy.create_function("note"))

    versions = [toy.clients.s3.put_object(Bucket="raw", Key="k")["VersionId"] for _ in range(5)]

    until(lambda: len(toy.seen()) == 5)
    objects = [event["Records"][0]["s3"]["object"] for event in toy.seen()]
    ordered = sorted(objects, key=lambda described: described["sequencer"])
    assert [described["versionId"] for described in ordered] == versions
    assert {len(described["sequencer"]) for described in objects} == {16}


def test_filters_are_taken_as_chalice_writes_them(toy: Toy) -> None:
    """Chalice writes `Suffix` with a capital; moto knows the lower-case word only."""
    toy.create_bucket("raw", toy.create_function("note"), Suffix=".csv")

    for key in ("a.txt", "b.csv"):
        toy.clients.s3.put_object(Bucket="raw", Key=key)

    until(toy.seen)
    assert [event["Records"][0]["s3"]["object"]["key"] for event in toy.seen()] == ["b.csv"]


def test_a_notification_is_retried_twice(toy: Toy) -> None:
    toy.create_bucket("raw", toy.create_function("note"))

    toy.clients.s3.put_object(Bucket="raw", Key="third")

    until(lambda: toy.cloud.status()["idle"])
    assert len(toy.seen()) == 3
    assert toy.cloud.status()["given_up_notifications"] == {}


def test_a_notification_is_given_up_after_three_attempts_and_counted(toy: Toy) -> None:
    toy.create_bucket("raw", toy.create_function("note"))

    toy.clients.s3.put_object(Bucket="raw", Key="never")

    until(lambda: toy.cloud.status()["idle"])
    assert len(toy.seen()) == 3
    assert toy.cloud.status()["given_up_notifications"] == {"note": 1}


@pytest.mark.parametrize("key", ["fourth", "a folder/fourth"])
def test_a_notification_that_was_given_up_is_closed_when_the_sweep_gets_it_through(
    toy: Toy, key: str
) -> None:
    """The sweep's event names the same version of the object, though it quotes the key differently."""
    toy.create_bucket("raw", toy.create_function("note"))
    version = toy.clients.s3.put_object(Bucket="raw", Key=key)["VersionId"]

    def given_up(attempts: int) -> dict[str, int]:
        until(lambda: len(toy.seen()) == attempts and toy.cloud.status()["idle"])
        counts: dict[str, int] = toy.cloud.status()["given_up_notifications"]
        return counts

    def send_again(version_id: str) -> None:
        event = json.dumps({"Records": [aws.created_record(key, version_id, "etag")]})
        toy.clients.functions.invoke(FunctionName="note", InvocationType="Event", Payload=event)

    assert given_up(attempts=3) == {"note": 1}
    send_again("another version")
    assert given_up(attempts=4) == {"note": 1}
    send_again(version)
    assert given_up(attempts=5) == {}


def test_an_event_that_is_given_up_goes_where_failures_go(toy: Toy) -> None:
    """The message holds the whole event and the last error. An event that succeeds in the end does not go there."""
    toy.create_bucket("raw", toy.create_function("note"))
    url = toy.clients.sqs.create_queue(QueueName="note-dead")["QueueUrl"]
    attributes = toy.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    toy.clients.functions.put_function_event_invoke_config(
        FunctionName="note",
        DestinationConfig={"OnFailure": {"Destination": attributes["QueueArn"]}},
    )

    for key in ("third", "never"):
        toy.clients.s3.put_object(Bucket="raw", Key=key)

    until(lambda: toy.cloud.status()["idle"])
    [received] = toy.clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    letter = json.loads(received["Body"])
    assert letter["requestPayload"]["Records"][0]["s3"]["object"]["key"] == "never"
    assert letter["requestContext"]["condition"] == "RetriesExhausted"
    assert letter["responsePayload"]["errorMessage"]


def test_an_upload_does_not_wait_for_its_function(toy: Toy) -> None:
    toy.create_bucket("raw", toy.create_function("obey"))
    started = time.monotonic()

    toy.clients.s3.put_object(Bucket="raw", Key="k")
    toy.clients.functions.invoke(
        FunctionName="obey", InvocationType="Event", Payload='{"do": "sleep", "seconds": 5}'
    )

    assert time.monotonic() - started < 3


def test_a_batch_is_as_lambda_makes_it(toy: Toy) -> None:
    """A batch holds several messages, each with its attributes; once it has succeeded, they are deleted."""
    url, _dead = toy.create_queues(
        toy.create_function("batch"), BatchSize=100, MaximumBatchingWindowInSeconds=1
    )

    sent = [toy.clients.sqs.send_message(QueueUrl=url, MessageBody=f"good {n}") for n in range(5)]

    until(lambda: toy.cloud.status()["idle"])
    assert toy.depth(url) == 0
    records = [record for event in toy.seen() for record in event["Records"]]
    assert sorted(record["messageId"] for record in records) == sorted(
        message["MessageId"] for message in sent
    )
    assert len(toy.seen()) < 5
    assert records[0]["eventSource"] == "aws:sqs"
    assert records[0]["attributes"]["ApproximateReceiveCount"] == "1"
    assert records[0]["eventSourceARN"].endswith(":work")


def test_no_batch_is_greater_than_its_size(toy: Toy) -> None:
    url, _dead = toy.create_queues(
        toy.create_function("batch"), BatchSize=2, MaximumBatchingWindowInSeconds=1
    )

    for n in range(7):
        toy.clients.sqs.send_message(QueueUrl=url, MessageBody=f"good {n}")

    until(lambda: toy.cloud.status()["idle"])
    assert max(len(event["Records"]) for event in toy.seen()) == 2
    assert sum(len(event["Records"]) for event in toy.seen()) == 7


def test_only_the_failed_message_of_a_batch_comes_again(toy: Toy) -> None:
    """It goes to the dead-letter queue after three receives."""
    function = toy.create_function("batch")
    url, dead = toy.create_queues(
        function, MaximumBatchingWindowInSeconds=1, FunctionResponseTypes=["ReportBatchItemFailures"]
    )

    for body in ("good", "bad", "good"):
        toy.clients.sqs.send_message(QueueUrl=url, MessageBody=body)

    until(lambda: toy.depth(dead) == 1)
    records = [record for event in toy.seen() for record in event["Records"]]
    assert [record["body"] for record in records].count("bad") == 3
    assert [record["body"] for record in records].count("good") == 2
    assert toy.depth(url) == 0


@pytest.mark.parametrize("body", ["raise", "nonsense"])
def test_a_batch_fails_whole_when_its_function_fails_or_answers_nonsense(toy: Toy, body: str) -> None:
    """An identifier in the answer that is no message's counts as a failure of every message."""
    function = toy.create_function("batch")
    url, dead = toy.create_queues(
        function, MaximumBatchingWindowInSeconds=1, FunctionResponseTypes=["ReportBatchItemFailures"]
    )

    toy.clients.sqs.send_message_batch(
        QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "good"}, {"Id": "b", "MessageBody": body}]
    )

    until(lambda: toy.depth(dead) == 2)
    assert len(toy.seen()) == 3


def test_failures_in_an_answer_count_only_with_report_batch_item_failures(toy: Toy) -> None:
    url, dead = toy.create_queues(toy.create_function("batch"))

    toy.clients.sqs.send_message(QueueUrl=url, MessageBody="bad")

    until(lambda: toy.seen() and toy.cloud.status()["idle"])
    assert (toy.depth(url), toy.depth(dead), len(toy.seen())) == (0, 0, 1)


def test_no_message_is_lost_between_many_senders(toy: Toy) -> None:
    """Moto alone loses messages that are sent while it deletes another one."""
    url, _dead = toy.create_queues(toy.create_function("batch"), BatchSize=3)

    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda n: toy.clients.sqs.send_message(QueueUrl=url, MessageBody=f"good {n}"), range(60))
        )

    until(lambda: toy.cloud.status()["idle"])
    bodies = {record["body"] for event in toy.seen() for record in event["Records"]}
    assert bodies == {f"good {n}" for n in range(60)}


@pytest.mark.parametrize("way", ["a notification", "a message"])
def test_an_event_comes_again_when_its_worker_could_not_start(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """The laptop may be out of memory or of processes at that moment."""
    toy.create_bucket("raw", toy.create_function("note"))
    url, _dead = toy.create_queues(toy.create_function("batch"))
    starts = failing_once(monkeypatch, lambda_runtime, "WarmWorker", OSError("Cannot allocate memory"))

    if way == "a notification":
        toy.clients.s3.put_object(Bucket="raw", Key="a day.csv")
    else:
        toy.clients.sqs.send_message(QueueUrl=url, MessageBody="good 1")

    until(lambda: starts and toy.cloud.status()["idle"])
    assert len(toy.seen()) == 1


def test_polling_goes_on_after_an_error(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue may change in the midst of a poll."""
    url, _dead = toy.create_queues(toy.create_function("batch"))
    polls = failing_once(
        monkeypatch, moto_backends, "event_source_mappings", RuntimeError("Set changed size")
    )

    toy.clients.sqs.send_message(QueueUrl=url, MessageBody="good 1")

    until(lambda: len(polls) > 1 and toy.seen())


def test_a_paused_cloud_finishes_what_runs_and_starts_nothing(toy: Toy) -> None:
    """Messages that are sent meanwhile wait."""
    url, _dead = toy.create_queues(toy.create_function("batch"))

    assert toy.cloud.pause(5)
    toy.clients.sqs.send_message(QueueUrl=url, MessageBody="good")
    time.sleep(0.3)
    assert toy.seen() == []

    toy.cloud.deliver()
    until(toy.seen)


def test_pending_notifications_can_be_saved_and_restored(toy: Toy) -> None:
    """`down` and the next `up` do so, with a file of JSON in between."""
    toy.create_bucket("raw", toy.create_function("note"))
    toy.cloud.pause(5)
    toy.clients.s3.put_object(Bucket="raw", Key="k")

    saved = json.loads(json.dumps(toy.cloud.invocations.pending()))
    toy.cloud.invocations.clear()
    toy.cloud.invocations.restore(saved)
    toy.cloud.deliver()

    until(lambda: toy.cloud.status()["idle"])
    assert len(toy.seen()) == 1
