"""The saved queries of a stage, for CloudWatch's Logs Insights: questions about files that its log lines answer.

A test runs the pipeline and finds each event and field of a query on a log line.
"""

from collections.abc import Sequence
from typing import Any, Final

QUERIES: Final = {
    "refused files": """
fields @timestamp, object_key, reason, rows_read
| filter event = "file_decided" and status = "refused" and unchanged = 0
| sort @timestamp desc
| limit 1000
""",
    "rejected rows by file": """
filter event = "file_decided" and status = "loaded" and unchanged = 0 and rows_rejected > 0
| stats sum(rows_rejected) as rejected, sum(rows_read) as rows, max(@timestamp) as last by object_key
| sort rejected desc
| limit 1000
""",
    "the way of one file": """
# Put the name of the file, or its beginning, in the place of leeds.
fields @timestamp, function_name, event, status, reason, error, function_request_id
| filter object_key like /^leeds/
| sort @timestamp asc
| limit 1000
""",
    "failures": """
# The second condition is for what Lambda itself writes when a function ends before its time.
fields @timestamp, function_name, event, object_key, error, @message
| filter level = "ERROR" or @message like /Task timed out|Runtime exited|\\[ERROR\\]/
| sort @timestamp desc
| limit 1000
""",
    "loads by hour": """
filter event = "file_decided" and status = "loaded" and unchanged = 0
| stats count(*) as files, sum(rows_read) as rows, sum(rows_rejected) as rejected, sum(items) as sold by bin(1h) as hour
| sort hour desc
""",
}
"""Queries by name. Logs Insights has 1 and 0 in the place of true and false."""


def resources(logs: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the resources of all queries, each over the log groups of these names in the template."""
    return {
        f"{name.title().replace(' ', '')}Query": {
            "Type": "AWS::Logs::QueryDefinition",
            "Properties": {
                # The console shows queries of one beginning in a folder.
                "Name": {"Fn::Sub": f"cafe-etl-${{Stage}}/{name}"},
                "LogGroupNames": [{"Ref": log} for log in logs],
                "QueryString": query.strip(),
            },
        }
        for name, query in QUERIES.items()
    }
