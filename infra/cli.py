"""The command line: `python -m infra COMMAND`, which the Makefile's targets call."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from infra import deploying, packaging, release, vendoring
from infra.accounts import Account, aws_errors
from infra.errors import InfraError
from infra.names import LOCAL, Names, has_template
from infra.release import Stack
from infra.runtimes import ARCHITECTURES, THIS_PYTHON, runtime
from infra.smoke import TIMEOUT_SECONDS, smoke
from infra.vendoring import PROJECT


def main(arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    args = parser().parse_args(arguments)
    commands = {
        "vendor": _vendor,
        "package": _package,
        "release": _release,
        "change-set": _change_set,
        "deploy": _deploy,
        "smoke": _smoke,
        "destroy": _destroy,
    }
    try:
        commands[args.command](args)
    except InfraError as exc:
        _say(str(exc))
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(prog="python -m infra", description="The way to AWS.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, told: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=told)
        if name == "destroy":
            command.add_argument("--stage", required=True, help="of .chalice/config.json")
        elif name != "vendor":
            command.add_argument("--stage", default="prod", help="of .chalice/config.json (default: prod)")
        if name in {"vendor", "package", "deploy", "destroy"}:
            command.add_argument(
                "--architecture",
                default="x86_64",
                choices=ARCHITECTURES,
                help="of the functions (default: x86_64)",
            )
        if name in {"package", "release", "change-set"}:
            command.add_argument(
                "--build",
                type=Path,
                default=PROJECT / "build",
                metavar="FOLDER",
                help="of the package (default: build)",
            )
        if name in {"release", "change-set", "destroy"}:
            command.add_argument(
                "--role", default="", help="the ARN of the role with which CloudFormation works"
            )
        if name in {"release", "change-set"}:
            command.add_argument(
                "parameters",
                nargs="*",
                type=_parameter,
                metavar="NAME=VALUE",
                help="of infra/template.yaml; others stay as they are",
            )
        return command

    add("vendor", "unpack psycopg2 and certificates into vendor/").add_argument(
        "--python", default=THIS_PYTHON, help="(default: %(default)s)"
    )
    add("package", "write sam.yaml and deployment.zip into build/")
    add("release", "make a stack what the package says")
    add("change-set", "tell in Markdown what a release would change")
    _add_options(add("deploy", "deploy a stage by Chalice, with all that it needs"))
    trying = add("smoke", "send a file of its own through a stage, and remove it")
    trying.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT_SECONDS,
        metavar="SECONDS",
        help="to be loaded in (default: %(default)g)",
    )
    add("destroy", "delete a stage but for its data")
    return top


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--warehouse", default="", help="its URL")
    command.add_argument("--notice-email", default="", help="who gets notices and alarms")
    command.add_argument("--subnets", default="", help="comma-separated, to reach a warehouse in a VPC")
    command.add_argument("--security-groups", default="", help="comma-separated")
    command.add_argument("--admin-secret", default="", help="of a Redshift, to make its users")
    command.add_argument("--month-first-stores", default="", help="comma-separated")


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _vendor(args: argparse.Namespace) -> None:
    vendoring.fill(PROJECT / "vendor", runtime(args.python, args.architecture))


def _package(args: argparse.Namespace) -> None:
    size = packaging.package(PROJECT, args.stage, runtime(architecture=args.architecture), args.build)
    _say(
        f"{args.build / packaging.ZIP}: {size / 2**20:.1f} MiB, for Python {THIS_PYTHON} on {args.architecture}"
    )


def _stack(args: argparse.Namespace, account: Account) -> Stack:
    if args.stage == LOCAL:
        deploying.check(PROJECT, args.stage)
    if not has_template(PROJECT, args.stage):
        raise InfraError(f"The stage {args.stage} is no stack: `make deploy STAGE={args.stage}` deploys it.")
    given = dict(getattr(args, "parameters", []))
    return Stack.of(args.stage, account.number, account.region, given, getattr(args, "role", ""))


def _release(args: argparse.Namespace) -> None:
    account = Account.current()
    stack = _stack(args, account)
    with aws_errors():
        changed = release.release(args.build, stack, account.client)
        _say(f"The stack {stack.name} is {'made' if changed else 'as it was'}.")
        names = Names.of(PROJECT, args.stage)
        told = release.create_database(names.function("create_database"), account.client)
    _say(f"The warehouse, {told['engine']}, has schema {told['schema_version']}.")


def _change_set(args: argparse.Namespace) -> None:
    account = Account.current()
    with aws_errors():
        print(release.preview(args.build, _stack(args, account), account.client), end="")


def _deploy(args: argparse.Namespace) -> None:
    options = deploying.Options(
        args.warehouse,
        args.notice_email,
        _listed(args.subnets),
        _listed(args.security_groups),
        args.admin_secret,
        args.month_first_stores,
    )
    deploying.check(PROJECT, args.stage)
    stage = deploying.Stage(PROJECT, args.stage, Account.current(), runtime(architecture=args.architecture))
    deploying.deploy(stage, options)
    _say(f"The stage {args.stage} is deployed.")


def _smoke(args: argparse.Namespace) -> None:
    account = Account.current()
    names = Names.of(PROJECT, args.stage).within(account.number, account.region)
    with aws_errors():
        if has_template(PROJECT, args.stage):  # a parameter may have named the bucket
            told = release.outputs(_stack(args, account), account.client)
            names = replace(names, raw_bucket=told["RawBucketName"])
        smoke(names, account.client, _say, args.timeout)


def _destroy(args: argparse.Namespace) -> None:
    if has_template(PROJECT, args.stage):
        account = Account.current()
        with aws_errors():
            kept = release.delete(_stack(args, account), account.client)
    else:
        deploying.check(PROJECT, args.stage)
        account = Account.current()
        kept = deploying.destroy(
            deploying.Stage(PROJECT, args.stage, account, runtime(architecture=args.architecture))
        )
    _say(f"The stage {args.stage} is deleted. Kept: {', '.join(kept)}.")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))
