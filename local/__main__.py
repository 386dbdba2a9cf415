"""The entry point of `python -m local`; the command line is in `local/cli.py`."""

import gc
import os
import sys

FEW_COLLECTIONS = 50_000
"""Imports make many objects that stay. At Python's default of 700, a sixth of a start is a search for garbage."""

OWNER_ALONE = 0o077
"""The umask: files and folders of a local cloud are for their owner alone."""

WITHOUT_ENVIRONMENT = (
    "Run `make venv` first, then `.venv/bin/python -m local …`: {name} is not installed for {python}."
)


def main() -> int:
    """Run the command line, or print which package is missing."""
    gc.set_threshold(FEW_COLLECTIONS)
    os.umask(OWNER_ALONE)
    try:
        from local import cli  # noqa: PLC0415 - a missing package is a sentence here, not a traceback

        return cli.main(sys.argv[1:])  # which imports the command that it runs
    except ModuleNotFoundError as exc:
        if (exc.name or "").split(".")[0] in {"local", "chalicelib"}:
            raise
        print(WITHOUT_ENVIRONMENT.format(name=exc.name, python=sys.executable), file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # during the imports; `cli.main` itself answers Ctrl-C likewise
        return 130


if __name__ == "__main__":
    sys.exit(main())
