"""What goes wrong on the way to AWS."""


class InfraError(Exception):
    """A sentence for the engineer, shown without a traceback."""
