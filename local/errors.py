"""What the local cloud says when it cannot go on.

LocalCloudError          a sentence for the user; `status` is the exit code
└── NotRunningError      the command needs a running cloud
"""


class LocalCloudError(Exception):
    """A sentence for the user, shown without a traceback."""

    status = 1


class NotRunningError(LocalCloudError):
    """The command needs a running cloud."""

    status = 2

    def __init__(self) -> None:
        super().__init__("The local cloud is not running: start it with `python -m local up --detach`.")
