"""The local cloud's made-up AWS account and its region."""

from typing import Final

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-west-1"
