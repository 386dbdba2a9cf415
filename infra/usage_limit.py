"""The daily limit of the workgroup that a stack created: CloudFormation has no resource for it.

Without a limit a statement that never ends, or a dashboard that refreshes all night, costs 307 dollars a day at 32 RPU.
"""

from collections.abc import Mapping
from typing import Final

from infra.provisioning import Client

COMPUTE: Final = "serverless-compute"
DAILY: Final = "daily"
REFUSE_QUERIES: Final = "deactivate"


def apply(outputs: Mapping[str, str], client: Client) -> str:
    """Give the workgroup of a stack's outputs its daily limit; return a sentence, or nothing if it has no workgroup.

    The limit may exist already, with any amount. A warehouse that reached its limit takes queries again the next day.
    """
    if "NewWorkgroupArn" not in outputs:
        return ""
    workgroup, amount = outputs["NewWorkgroupArn"], int(outputs["DailyRpuHours"])
    redshift = client("redshift-serverless")
    response = redshift.list_usage_limits(resourceArn=workgroup, usageType=COMPUTE)
    daily = [limit["usageLimitId"] for limit in response.get("usageLimits", []) if limit["period"] == DAILY]
    for limit in daily:
        redshift.update_usage_limit(usageLimitId=limit, amount=amount, breachAction=REFUSE_QUERIES)
    if not daily:
        redshift.create_usage_limit(
            resourceArn=workgroup,
            usageType=COMPUTE,
            period=DAILY,
            amount=amount,
            breachAction=REFUSE_QUERIES,
        )
    return f"The warehouse refuses queries after {amount} RPU-hours a day."
