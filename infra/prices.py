"""The prices that docs/costs.md calculates with: US dollars in Ireland, eu-west-1, each with its source."""

from dataclasses import dataclass
from typing import Final

DAYS: Final = 30.4
"""Days of a month."""

HOURS: Final = 730
"""Hours of a month."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a service charges for things, such as 0.005 dollars for 1,000 writes."""

    service: str
    things: str
    dollars: float
    source: str
    per: int = 1
    """The number of things that `dollars` pay for."""

    @property
    def each(self) -> float:
        """The dollars for one thing."""
        return self.dollars / self.per

    def __str__(self) -> str:
        return f"{self.service}: {self.things}"


LAMBDA_TIME: Final = Price(
    "Lambda", "GB-seconds", 0.0000166667, "found, AWS, us-east-1; the same in Ireland from memory"
)
LAMBDA_CALLS: Final = Price("Lambda", "calls", 0.2, "found, AWS", 1_000_000)
S3_WRITES: Final = Price(
    "S3", "writes and lists", 0.005, "found, a guide, undated; Ireland from memory", 1_000
)
S3_READS: Final = Price("S3", "reads", 0.0004, "found, a guide, undated; Ireland from memory", 1_000)
S3_STORAGE: Final = Price("S3", "GB", 0.023, "memory")
SQS: Final = Price("SQS", "requests", 0.4, "found, 2026", 1_000_000)
MAILS: Final = Price("SNS", "mails", 2.0, "found, June 2026", 100_000)
ALARM: Final = Price(
    "CloudWatch",
    "alarms of one metric",
    0.1,
    "found, 2026; ten of an account are free, found, AWS as quoted in August 2026",
)
METRIC: Final = Price(
    "CloudWatch", "metrics of our own", 0.3, "found, February 2026; ten are free, found as above"
)
DASHBOARD: Final = Price(
    "CloudWatch", "dashboards", 3.0, "memory; three of 50 metrics are free, found as above"
)
LOG: Final = Price(
    "CloudWatch", "GB of log", 0.57, "memory; 0.50 in the US, found; 5 GB are free, found as above"
)
SECRET: Final = Price("Secrets Manager", "secrets", 0.4, "found, undated")
SECRET_CALLS: Final = Price("Secrets Manager", "calls", 0.05, "found, undated", 10_000)
RPU_HOUR: Final = Price(
    "Redshift Serverless",
    "RPU-hours",
    0.4,
    "**assumed**, not found for Ireland; 0.375 in us-east-1 and 0.36 to 0.50 elsewhere, found, May 2026",
)
REDSHIFT_STORAGE: Final = Price("Redshift Serverless", "GB", 0.024, "memory")
EGRESS_ONLY: Final = Price(
    "Egress-only internet gateway", "hours", 0.0, "found in guides, 2026; no page of AWS"
)
GATEWAY_ENDPOINT: Final = Price("Gateway endpoint of S3", "hours", 0.0, "found, AWS")
NAT: Final = Price(
    "NAT gateway with its address", "hours", 0.053, "found, 2026: 0.048 in Ireland, and 0.005 for the address"
)
INTERFACE_ENDPOINT: Final = Price(
    "Interface endpoint in one zone", "hours", 0.011, "found, AWS's price list as a project quotes it"
)
DATA_EVENTS: Final = Price("CloudTrail", "data events", 0.1, "found, AWS, undated", 100_000)
BUDGET: Final = Price("Budgets", "budgets without actions", 0.0, "found, early 2026")
RDS_SMALL: Final = Price(
    "RDS PostgreSQL, db.t4g.micro", "hours", 0.017, "0.016 found, us-east-1, 2026; Ireland from memory"
)
RDS_MEDIUM: Final = Price(
    "RDS PostgreSQL, db.t4g.medium", "hours", 0.07, "0.065 found, us-east-1, 2026; Ireland from memory"
)
RDS_STORAGE: Final = Price(
    "RDS", "GB of gp3", 0.127, "0.115 found, us-east-1, June 2026; Ireland from memory"
)

PRICES: Final = tuple(value for value in list(globals().values()) if isinstance(value, Price))
"""All prices, in the order of this module."""
