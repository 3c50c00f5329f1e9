"""Finds and ends processes that a test has started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from tools.processes import descendants

T = TypeVar("T")


def name_of(pid: int) -> str:
    """The program that a process runs; nothing where it has ended."""
    with suppress(OSError):
        return (Path("/proc") / str(pid) / "comm").read_text().strip()
    return ""


def cut_off(pid: int) -> None:
    """kill -9, without a word to anyone else."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def cut_off_engine(process: subprocess.Popen[bytes]) -> bool:
    """kill -9 of the engine below a command that was started, and of what would outlive it; False where none runs."""
    family = descendants(process.pid)
    engines = [pid for pid in family if name_of(pid) == "pulumi"]
    try:
        for pid in engines:
            cut_off(pid)
        if engines:
            process.wait(timeout=60)
    finally:
        process.kill()
        # Plugins that did not notice: the next `up` must do with them being there, the computer need not.
        time.sleep(1)
        for pid in family:
            if name_of(pid).startswith(("pulumi", "python")):
                cut_off(pid)
    return bool(engines)


def eventually(what: str, find: Callable[[], T], *, seconds: float = 120) -> T:
    """What `find` returns as soon as it is true; an AssertionError where it never is."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.3)
    return found
