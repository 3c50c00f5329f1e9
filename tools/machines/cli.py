"""The command line of `tools/machines/local`: every subcommand may be run again, and several at once."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import cleanup, machine, mirror, network, spec
from .errors import MachineError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


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
    match arguments.subject:
        case "network":
            _run_network(arguments)
        case "mirror":
            _run_mirror(arguments)
        case "machine" if arguments.action == "create":
            machine.create(_machine_spec(arguments))
        case "machine":
            _act_on_machine(arguments.action, arguments.name, arguments.label)
        case "list":
            for row in cleanup.list_all():
                print("{:8} {:32} {:16} {}".format(*row))
        case "cleanup":
            for name in cleanup.cleanup(arguments.label):
                print(f"removed {name}")


def _run_network(arguments: argparse.Namespace) -> None:
    if arguments.action == "create":
        network.create(arguments.name, arguments.range, arguments.label or arguments.name)
    else:
        network.delete(arguments.name)


def _run_mirror(arguments: argparse.Namespace) -> None:
    if arguments.action == "create":
        mirror.create(arguments.network, arguments.address, arguments.root)
    else:
        mirror.delete(arguments.network)


def _machine_spec(arguments: argparse.Namespace) -> spec.MachineSpec:
    attached = network.find(arguments.network)
    return spec.MachineSpec(
        name=arguments.name,
        cluster=arguments.label or attached.cluster,
        network=attached,
        address=arguments.address,
        access=spec.Access.from_json(sys.stdin.read()),
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

    networks = _actions(subjects, "network", "bridges that machines are attached to")
    one = networks.add_parser("create", help="make a network; its first address is this computer")
    one.add_argument("name")
    one.add_argument("--range", required=True, help="such as 10.80.0.0/24")
    one.add_argument("--label", help="cluster it belongs to (default: the network's name)")
    networks.add_parser("delete", help="remove a network that no machine uses").add_argument("name")

    mirrors = _actions(subjects, "mirror", "the artifact mirror of a network")
    one = mirrors.add_parser("create", help="serve a folder over HTTP")
    one.add_argument("network")
    one.add_argument("--address", required=True)
    one.add_argument("--root", required=True, type=Path, help="the folder, served read-only")
    mirrors.add_parser("delete").add_argument("network")

    machines = _actions(subjects, "machine", "the machines")
    text = 'bring a machine up; standard input: {"hostKey": "OpenSSH private key", "authorizedKeys": ["public key"]}'
    one = machines.add_parser("create", help=text, description=text)
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


def _actions(subjects: Subparsers, subject: str, text: str) -> Subparsers:
    return subjects.add_parser(subject, help=text).add_subparsers(dest="action", required=True)
