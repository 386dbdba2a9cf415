"""The command line: `python -m local COMMAND`."""

import argparse
import os
import sys
from pathlib import Path

import psycopg2
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import SettingsError
from local.commands import check, demo, lifecycle, put, query, replay, sweep
from local.errors import LocalCloudError
from local.samples import generator
from local.state import PROJECT, State

TIMEOUT_SECONDS = 120.0


def main(arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    args = parser().parse_args(arguments)
    try:
        return run(args)
    except LocalCloudError as exc:
        print(exc, file=sys.stderr)
        return exc.status
    except SettingsError as exc:
        print(exc, file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError, psycopg2.Error) as exc:
        print(f"The local cloud could not do it: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at exit
        return 141


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    folder = Path(os.environ.get("CAFE_LOCAL_STATE") or PROJECT / ".local")
    top = argparse.ArgumentParser(
        prog="python -m local", description="The cloud on a laptop: no account, no Docker."
    )
    top.add_argument(
        "--state", type=Path, default=folder, help="its folder (CAFE_LOCAL_STATE; default: .local)"
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start it and deploy the project to it")
    up.add_argument("--detach", action="store_true", help="return when it is ready")
    supervising = commands.add_parser("supervise")
    supervising.add_argument("descriptor", type=int)
    for command in (up, supervising):
        command.add_argument(
            "--from-package",
            type=lambda name: Path(name).resolve(),
            nargs="?",
            const=PROJECT / "build",
            metavar="FOLDER",
            help="run the package that `make package` built into it (default: build), and make its stack",
        )
    commands.add_parser("down", help="stop it; what it holds is kept")
    commands.add_parser("status", help="what runs and what waits (exit code 3: nothing runs)")
    commands.add_parser("env", help='exports for a shell: eval "$(python -m local env)"')
    _add_put(commands.add_parser("put", help="upload files and wait until they are loaded"))
    asking = commands.add_parser("query", help="ask the warehouse; CSV on standard output")
    asking.add_argument("sql", metavar="SQL")
    check.add_arguments(
        commands.add_parser(
            "check", help="what is wrong with files; nothing is loaded (exit code 1: something)"
        )
    )
    replay.add_arguments(
        commands.add_parser("replay", help="load what is archived, or in the raw bucket, once more")
    )
    generator.add_arguments(commands.add_parser("generate", help="write realistic sales files"))
    commands.add_parser("reset", help="empty it, running or not")
    sweep.add_arguments(
        commands.add_parser("sweep", help="look for files that wait and stores that sent none")
    )
    commands.add_parser("demo", help="two stores' days through a cloud of its own")
    return top


def run(args: argparse.Namespace) -> int:
    """Run the command that was parsed."""
    if args.command == "generate":
        return generator.run(args)
    state = State.open(args.state)
    commands = {
        "up": lambda: lifecycle.up(state, detach=args.detach, build=args.from_package),
        "supervise": lambda: lifecycle.supervise(state, args.descriptor, args.from_package),
        "down": lambda: lifecycle.down(state),
        "status": lambda: lifecycle.status(state),
        "env": lambda: lifecycle.env(state),
        "put": lambda: put.put(lifecycle.running(state), args.files, args.key, args.timeout),
        "query": lambda: query.query(lifecycle.running(state).warehouse, args.sql),
        "replay": lambda: replay.replay(lifecycle.running(state), args),
        "reset": lambda: lifecycle.reset(state),
        "sweep": lambda: sweep.sweep(lifecycle.running(state), args.minutes),
        "check": lambda: check.check(args, lambda: lifecycle.running(state).warehouse),
        "demo": lambda: demo.demo(state),
    }
    return commands[args.command]()


def _add_put(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", metavar="FILE", nargs="+", type=Path)
    command.add_argument("--key", help="the object's key, instead of the file's name")
    command.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT_SECONDS,
        metavar="S",
        help="seconds to wait (default: %(default)g)",
    )
