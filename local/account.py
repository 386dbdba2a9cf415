"""The made-up AWS account that the local cloud is."""

from typing import Final

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-west-1"
