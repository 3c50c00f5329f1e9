"""`python -m tools.bench.simulated [NODES…]`: time and memory of the program for nodes of which none is there."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools.bench.fleet import REPOSITORY
from tools.processes import descendants

from .stack import STACK, stack, write

# Pulumi hands the settings over in one environment variable, of which Linux takes 128 KiB: some 600 machines with keys.
SIZES = (100, 300)
# Seconds between two looks at the memory of the engine and all it starts.
PAUSE = 0.5
ACTIONS = {
    "first up": ("up", "--yes", "--skip-preview"),
    "no-change up": ("up", "--yes", "--skip-preview", "--expect-no-changes"),
    "preview": ("preview", "--expect-no-changes"),
}


def main() -> None:
    """Print seconds and the most memory of each action, and how both grow from the smallest size."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    figures: dict[tuple[int, str], tuple[float, float]] = {}
    for size in sizes:
        with stack() as key_file:
            write(size, key_file)
            for action, arguments in ACTIONS.items():
                figures[size, action] = _measure(arguments)
                seconds, memory = figures[size, action]
                print(f"{size:5} nodes: {action:12} {seconds:6.1f} s {memory:6.0f} MiB", flush=True)
    for action in ACTIONS:
        first, last = (figures[size, action][0] for size in (sizes[0], sizes[-1]))
        print(f"{action}: {sizes[-1] / sizes[0]:.0f} times the nodes take {last / first:.1f} times as long")


def _measure(arguments: tuple[str, ...]) -> tuple[float, float]:
    """Seconds, and the most memory that the engine, the program and the plugins had at once, in MiB."""
    start, memory = time.monotonic(), 0.0
    command = ["pulumi", *arguments, "--stack", STACK, "--non-interactive"]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=subprocess.STDOUT)
        told = start
        while process.poll() is None:
            memory = max(memory, _memory(process.pid))
            if time.monotonic() - told > 10:
                told = time.monotonic()
                print(f"             {arguments[0]}: {told - start:.0f} s so far", flush=True)
            time.sleep(PAUSE)
        if process.returncode != 0:
            log.seek(0)
            raise SystemExit(f"{log.read()}\n{' '.join(command)} failed")
    return time.monotonic() - start, memory


def _memory(root: int) -> float:
    """Proportional shares (PSS), in MiB, of a process and all below it."""
    shares = 0.0
    for pid in (root, *descendants(root)):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        shares += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return shares


main()
