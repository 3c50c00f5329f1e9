"""Extra files: where the program writes, nobody else does."""

import posixpath
from collections.abc import Iterator
from pathlib import Path

from components.config.extras import ExtraFile
from components.config.facts import Facts, refuse
from components.config.problems import Problem

FILES = Path(__file__).parents[2] / "files"
# Folders that the program, Kubernetes or the kernel fills; below the second group users may put files all the same.
OWNED = (
    "/etc/kubernetes", "/etc/cni", "/opt/cni", "/etc/calico", "/etc/containerd", "/etc/haproxy", "/etc/keepalived",
    "/var/lib/kubelet", "/var/lib/etcd", "/var/lib/etcd-snapshots", "/var/lib/containerd",
    "/usr/local/lib/kubernetes-from-scratch",
    "/proc", "/sys", "/dev", "/run", "/tmp",
)  # fmt: skip
ALLOWED = ("/etc/containerd/certs.d", "/etc/kubernetes/extra")
# A machine's files travel in one command, which has 120 kB in all; a control plane's own take 62 kB of it.
LARGEST = 40 * 1024
# The lines between files in that command (components/plan/steps.py).
MARK = "=====END-OF-"


def extra_files(facts: Facts) -> Iterator[Problem]:
    """Paths are absolute and not the program's own, once on a machine; contents have 40 KiB a machine at most."""
    names = set(facts.names())
    seen: dict[tuple[str, str], str] = {}
    for key, index in facts.entries("extraFiles"):
        file = facts.config.extra_files[index]
        yield from _path(facts, f"{key}.path", file.path)
        if MARK in file.content:
            rule = f"no text with {MARK} in it, which ends a file on its way to the machine"
            yield refuse(f"{key}.content", rule, "word it otherwise")
        for place, name in enumerate(file.machines):
            if name not in names and facts.every_machine("name"):
                rule = f"one of the machines: {', '.join(sorted(names))}"
                yield refuse(f"{key}.machines[{place}]", rule, "correct the name, or leave it out", name)
        yield from _twice(facts, key, file, seen)
    yield from _too_much(facts)


def _too_much(facts: Facts) -> Iterator[Problem]:
    for machine in facts.names():
        files = [file for file in facts.config.extra_files if not file.machines or machine in file.machines]
        size = sum(len(file.content.encode()) for file in files)
        if size > LARGEST:
            rule = f"at most {LARGEST // 1024} KiB of extra files for a machine: they travel in one command"
            way_out = "bring the large ones with the machine's image"
            yield refuse("extraFiles", rule, way_out, f"{size} bytes for {machine}")
            return


def _path(facts: Facts, key: str, path: str) -> Iterator[Problem]:
    if not path.startswith("/") or path.endswith("/") or posixpath.normpath(path) != path or not path.isprintable():
        rule = "an absolute path of a file, without //, . and .."
        yield refuse(key, rule, f"write {posixpath.normpath('/' + path.lstrip('/'))}", path)
        return
    if any(character in path for character in " '\"\\$`"):
        yield refuse(key, "a path without blanks, quotes, backslashes and dollar signs", "choose another name", path)
    elif _is_below(path, OWNED) and not _is_below(path, ALLOWED):
        rule = "not where the program or the system itself writes"
        way_out = f"put it elsewhere, or below {' or '.join(ALLOWED)}"
        yield refuse(key, rule, way_out, path)
    elif _is_written_by_program(facts, path):
        yield refuse(key, "not a file that the program itself installs", "choose another name", path)


def _is_written_by_program(facts: Facts, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    installed = (
        {file for entry in facts.lock.binaries for file in entry.members or [entry.name]} if facts.lock else set()
    )
    return (
        (FILES / path[1:]).is_file()
        or (FILES / f"{path[1:]}.j2").is_file()
        or (folder == "/usr/local/bin" and name in installed)
    )


def _twice(facts: Facts, key: str, file: ExtraFile, seen: dict[tuple[str, str], str]) -> Iterator[Problem]:
    for machine in file.machines or facts.names():
        other = seen.setdefault((file.path, machine), key)
        if other != key:
            rule = f"no path twice on one machine: {other} writes it on {machine} too"
            yield refuse(f"{key}.path", rule, "make it one file, or name different machines", file.path)
            return


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)
