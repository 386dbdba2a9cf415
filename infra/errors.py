"""The one exception of the commands for AWS."""


class InfraError(Exception):
    """A command cannot go on. The message is a sentence for the engineer, shown without a traceback."""
