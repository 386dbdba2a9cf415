"""`python -m local`: see `local/cli.py`."""

import sys

WITHOUT_ENVIRONMENT = (
    "Run `make venv` first, then `.venv/bin/python -m local …`: {name} is not installed for {python}."
)


def main() -> int:
    """Run the command line, or say in one sentence what is missing to run it."""
    try:
        from local import cli  # noqa: PLC0415 - what it needs may be missing; then a sentence, no traceback
    except ModuleNotFoundError as exc:
        if (exc.name or "").split(".")[0] in {"local", "chalicelib"}:
            raise
        print(WITHOUT_ENVIRONMENT.format(name=exc.name, python=sys.executable), file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # imports take half a second; `cli.main` itself answers Ctrl-C likewise
        return 130
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
