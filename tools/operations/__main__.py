"""`python -m tools.operations COMMAND STACK`: what an operator does to a running cluster, or to what is left of one."""

from __future__ import annotations

import argparse
import asyncio
import sys

from tools.operations.backup import backup
from tools.operations.drift import drift
from tools.operations.quorum import quorum, rejoin
from tools.operations.repair import repair
from tools.operations.restore import restore
from tools.operations.rotate import rotate
from tools.operations.session import OperationError, complain
from tools.operations.stack import read


def main() -> int:
    """Run one command on one stack: 0, 1 where it failed, 2 where `drift` found differences."""
    parser = argparse.ArgumentParser(prog="python -m tools.operations")
    parser.add_argument("command", choices=["backup", "drift", "quorum", "rejoin", "repair", "restore", "rotate"])
    parser.add_argument("stack")
    parser.add_argument("--from", dest="source", default="", help="a snapshot, or the control plane that survived")
    parser.add_argument("--without", default="", help="control planes that are gone, with commas between")
    parser.add_argument("--what", default="", help="what `rotate` makes anew")
    parser.add_argument("--sure", default="", help="yes: `rotate` goes on where people had to act first")
    arguments = parser.parse_args()
    without = tuple(name for name in arguments.without.split(",") if name)
    try:
        if arguments.command == "rotate":
            return rotate(arguments.stack, arguments.what, sure=arguments.sure == "yes")
        return _run(arguments.command, arguments.stack, arguments.source, without)
    except OperationError as error:
        complain(error)
        return 1
    except KeyboardInterrupt:
        print(f"\n{arguments.stack}: interrupted; the same command does it again from the start", file=sys.stderr)
        return 130


def _run(command: str, stack: str, source: str, without: tuple[str, ...]) -> int:
    match command:
        case "backup":
            asyncio.run(backup(read(stack)))
        case "drift":
            return asyncio.run(drift(read(stack)))
        case "repair":
            return repair(stack)
        case "restore":
            return restore(stack, source, without)
        case "quorum":
            return quorum(stack, source, without)
        case "rejoin":
            return rejoin(stack, source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
