"""`tools/cloud`: starts the daemon of a cloud in a box, and asks it."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from tools.clouds.server.place import KINDS, ROOT, Place
from tools.clouds.world import ACTIONS
from tools.machines.errors import MachineError

# The daemon first removes what an earlier one left, machine by machine.
START_LIMIT_SECONDS = 90.0


def main() -> int:
    """Run one command; returns the exit status. Errors are one sentence on standard error."""
    arguments = _parser().parse_args()
    try:
        place = Place(name=arguments.name or arguments.kind)
        text = _run(place, arguments)
    except MachineError as error:
        print(error, file=sys.stderr)
        return 1
    if text:
        print(text)
    return 0


def _run(place: Place, arguments: argparse.Namespace) -> str:
    match arguments.command:
        case "start":
            start(place, arguments.kind, arguments.port, arguments.control_plane or f"tools.clouds.{arguments.kind}")
            return ""
        case "settle":
            return place.ask({"command": "settle", "limit": arguments.limit}, arguments.limit + 60)
        case "act":
            wanted = {"action": arguments.action, "target": arguments.target, "size": arguments.size}
            return place.ask({"command": "act", **wanted})
        case "stop":
            return stop(place, force=arguments.force)
    return place.ask({"command": arguments.command})


def start(place: Place, kind: str, port: int, control_plane: str) -> None:
    """Start the daemon, unless it runs, and wait until it answers."""
    if place.answers():
        return
    place.folder.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "tools.clouds.server.daemon", kind,
        "--name", place.name, "--port", str(port), "--control-plane", control_plane,
    ]  # fmt: skip
    with place.log.open("w") as log:
        # It outlives the shell, and whoever ends the shell's group.
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while not place.answers():
        # One that found another at work ends, and the other will answer.
        if process.poll() is not None and not place.is_held():
            last = (place.log.read_text().strip().splitlines() or ["it said nothing"])[-1]
            raise MachineError(f"The cloud {place.name} ended before it answered ({last}): see {place.log}.")
        if time.monotonic() > deadline:
            process.terminate()
            raise MachineError(f"The cloud {place.name} did not answer in {START_LIMIT_SECONDS:.0f} s: {place.log}.")
        time.sleep(0.2)


def stop(place: Place, *, force: bool) -> str:
    """End the daemon and wait until everything is removed; fine if it does not run."""
    if not place.answers():
        return ""
    place.ask({"command": "stop", "force": force})
    while place.is_held():
        time.sleep(0.2)
    return ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools/cloud", description="A cloud on this computer.")
    commands = parser.add_subparsers(dest="command", required=True)
    parsers = {}
    for name, text in {
        "start": "start it, empty, unless it runs",
        "stop": "end it; refused while something is in it",
        "status": "what there is in it, and what is wrong",
        "settle": "wait until all machines run and all targets are healthy",
        "env": 'what clients need: eval "$(tools/cloud env aws)"',
        "act": "do something behind the back of those who use it",
    }.items():
        parsers[name] = one = commands.add_parser(name, help=text, description=text)
        one.add_argument("kind", choices=KINDS)
        one.add_argument("--name", help="for several of a kind side by side (default: the kind)")
    parsers["start"].add_argument("--port", type=int, default=0, help="of the API on 127.0.0.1 (default: a free one)")
    parsers["start"].add_argument("--control-plane", help=argparse.SUPPRESS)
    parsers["stop"].add_argument("--force", action="store_true", help="even if something is in it")
    parsers["settle"].add_argument("--limit", type=float, default=120, help="seconds (default: 120)")
    parsers["act"].add_argument("action", choices=ACTIONS)
    parsers["act"].add_argument("target", help="id or name")
    parsers["act"].add_argument("size", type=int, nargs="?", help="how many machines: resize-group")
    return parser


if __name__ == "__main__":
    sys.exit(main())
