"""The command line: `python -m infra COMMAND`."""

import argparse
import sys
from pathlib import Path

from infra import packaging, vendoring
from infra.errors import InfraError
from infra.runtimes import ARCHITECTURES, THIS_PYTHON, runtime
from infra.vendoring import PROJECT


def main(arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    args = parser().parse_args(arguments)
    try:
        commands = {"vendor": vendor, "package": package}
        return commands[args.command](args)
    except InfraError as exc:
        print(exc, file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(prog="python -m infra", description="The way to AWS.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    vendoring_command = commands.add_parser("vendor", help="unpack psycopg2 and certificates into vendor/")
    vendoring_command.add_argument("--python", default=THIS_PYTHON)
    vendoring_command.add_argument("--architecture", default="x86_64", choices=ARCHITECTURES)
    packaging_command = commands.add_parser("package", help="write sam.yaml and deployment.zip into build/")
    packaging_command.add_argument("--stage", default="prod")
    packaging_command.add_argument("--architecture", default="x86_64", choices=ARCHITECTURES)
    packaging_command.add_argument("--out", type=Path, default=PROJECT / "build")
    return top


def vendor(args: argparse.Namespace) -> int:
    """Fill vendor/ for plain `chalice deploy` and `chalice package`."""
    vendoring.fill(PROJECT / "vendor", runtime(args.python, args.architecture))
    return 0


def package(args: argparse.Namespace) -> int:
    """Build the package of a stage."""
    size = packaging.package(PROJECT, args.stage, runtime(architecture=args.architecture), args.out)
    print(f"{args.out / packaging.ZIP}: {size / 2**20:.1f} MiB; {args.out / packaging.TEMPLATE}")
    return 0
