"""The command line of `tools/machines/local`: every subcommand may be run again, and several at once."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import cleanup, machine, mirror, network
from .errors import MachineError


def main() -> int:
    """Run one subcommand; returns the exit status. Errors are one sentence on standard error."""
    arguments = _parser().parse_args()
    try:
        _run(arguments)
    except MachineError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


def _run(arguments: argparse.Namespace) -> None:
    match arguments.subject, getattr(arguments, "action", None):
        case "network", "create":
            network.create(arguments.name, arguments.range, arguments.label or arguments.name)
        case "network", "delete":
            network.delete(arguments.name)
        case "mirror", "create":
            mirror.create(arguments.network, arguments.address, arguments.root)
        case "mirror", "delete":
            mirror.delete(arguments.network)
        case "machine", "create":
            machine.create(_machine_spec(arguments))
        case "machine", action:
            _act_on_machine(str(action), arguments.name, arguments.label)
        case "list", _:
            for row in cleanup.list_all():
                print("{:8} {:32} {:16} {}".format(*row))
        case "cleanup", _:
            for name in cleanup.cleanup(arguments.label):
                print(f"removed {name}")


def _machine_spec(arguments: argparse.Namespace) -> machine.MachineSpec:
    return machine.MachineSpec(
        name=arguments.name,
        cluster=arguments.label or network.cluster_of(arguments.network),
        network=arguments.network,
        address=arguments.address,
        access=machine.Access.from_json(sys.stdin.read()),
    )


def _act_on_machine(action: str, name: str, cluster: str | None) -> None:
    container = machine.find(name, cluster)
    if container is None:
        if action == "delete":
            return
        raise MachineError(f"There is no machine {name}: `list` shows those that exist.")
    {"delete": machine.delete, "start": machine.start, "stop": machine.stop, "kill": machine.kill}[action](container)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local", description="Local machines: containers that behave as servers.")
    subjects = parser.add_subparsers(dest="subject", required=True)

    networks = subjects.add_parser("network", help="bridges that machines are attached to").add_subparsers(
        dest="action", required=True
    )
    one = networks.add_parser("create", help="make a network; its first address is this computer")
    one.add_argument("name")
    one.add_argument("--range", required=True, help="such as 10.80.0.0/24")
    one.add_argument("--label", help="cluster it belongs to (default: the network's name)")
    networks.add_parser("delete", help="remove a network that no machine uses").add_argument("name")

    mirrors = subjects.add_parser("mirror", help="the artifact mirror of a network").add_subparsers(
        dest="action", required=True
    )
    one = mirrors.add_parser("create", help="serve a folder over HTTP")
    one.add_argument("network")
    one.add_argument("--address", required=True)
    one.add_argument("--root", required=True, type=Path, help="the folder, served read-only")
    mirrors.add_parser("delete").add_argument("network")

    machines = subjects.add_parser("machine", help="the machines").add_subparsers(dest="action", required=True)
    one = machines.add_parser("create", help='standard input: {"hostKey": "…", "authorizedKeys": ["…"]}')
    one.add_argument("name", help="its host name")
    one.add_argument("--network", required=True)
    one.add_argument("--address", required=True)
    one.add_argument("--label", help="cluster it belongs to (default: the network's)")
    for action, text in {
        "delete": "remove the machine and its disk",
        "start": "switch it on and wait until it can be used",
        "stop": "shut it down in order",
        "kill": "cut its power",
    }.items():
        one = machines.add_parser(action, help=text)
        one.add_argument("name")
        one.add_argument("--label", help="its cluster, where several have a machine of this name")

    subjects.add_parser("list", help="what there is of all clusters")
    subjects.add_parser("cleanup", help="remove all that belongs to a cluster").add_argument("--label", required=True)
    return parser
