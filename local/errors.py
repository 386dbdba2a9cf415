"""The errors that the command line shows as a sentence.

LocalCloudError          a sentence for the user; `status` is the exit code
├── UsageError           the arguments are invalid, or name something that does not exist
└── NotRunningError      the command needs a running cloud
"""


class LocalCloudError(Exception):
    """A sentence for the user, shown without a traceback."""

    status = 1


class UsageError(LocalCloudError):
    """The arguments are invalid, or name something that does not exist."""

    status = 2


class NotRunningError(LocalCloudError):
    """The command needs a running cloud."""

    status = 2

    def __init__(self) -> None:
        super().__init__("The local cloud is not running: start it with `python -m local up --detach`.")
