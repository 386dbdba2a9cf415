"""The access key of the AWS services over HTTP that tests start in their own process."""

from typing import Final

ACCESS_KEY: Final = "local"
