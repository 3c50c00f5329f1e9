"""Makes the lock file's entries from the sums that upstream publishes: `make lock VERSION=1.36.3`.

Run as a module: python -m tools.toolchain.lock VERSION
"""

import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, get_args

from components.plan.lock import Arch, Binary, Image, Lock, read_lock
from tools.toolchain import catalog, lockfile, registry, upstream
from tools.toolchain.catalog import BinarySource, Catalog
from tools.toolchain.errors import ToolchainError, report
from tools.toolchain.paths import UPSTREAM_LOCK, relative
from tools.toolchain.progress import say

COMMENT = """\
Upstream's releases by URL and sha256: what a machine installs is checked against this file, so changes are reviewed.
Made by `make lock VERSION=…` from the sums that the projects publish (tools/toolchain/upstream.yaml says where)."""

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_PARALLEL = 8


def refresh(version: str) -> None:
    """Add a Kubernetes version with all that belongs to it to the reviewed lock file; `git diff` shows what is new."""
    if not _VERSION.fullmatch(version):
        raise ToolchainError(f"expected a Kubernetes version like 1.36.3, found {version!r}: make lock VERSION=1.36.3")
    old = read_lock(UPSTREAM_LOCK) if UPSTREAM_LOCK.is_file() else None
    lock = extend(old, version, catalog.load(), known=())
    lockfile.save(lock, UPSTREAM_LOCK, comment=comment(lock))
    say("lock", f"{relative(UPSTREAM_LOCK)} has Kubernetes {', '.join(lock.kubernetes)}: review `git diff`, commit it")


def complete(lock: Lock) -> Lock:
    """The lock with those entries added that the reviewed file lacks for its Kubernetes versions."""
    for version in lock.kubernetes:
        lock = extend(lock, version, catalog.load(), known=lock.binaries)
    return lock


class _Wanted(NamedTuple):
    """An entry to make."""

    source: BinarySource
    name: str
    version: str
    arch: Arch


def comment(lock: Lock) -> str:
    """The file's first lines: how it is made, and what it still lacks."""
    sources = catalog.load()
    lacks = {
        f"{wanted.name} {wanted.version}"
        for version in lock.kubernetes
        for wanted in _missing(sources, version, lock.binaries)
    }
    if not lacks:
        return COMMENT
    return (
        f"{COMMENT}\nNot in it: {', '.join(sorted(lacks))}.\n"
        "Where the release hosts answer, `make tools` completes a copy of this file from upstream's sums."
    )


def extend(old: Lock | None, version: str, sources: Catalog, *, known: Iterable[Binary]) -> Lock:
    """`old` with the entries for a Kubernetes version; no sum is fetched for the binaries that are `known`."""
    with ThreadPoolExecutor(_PARALLEL) as pool:
        new = list(pool.map(_binary, _missing(sources, version, known)))
    versions = {"kubernetes": version, **sources.versions}
    images = [
        Image(name=source.name, version=versions[source.part], reference=_fill(source.reference, versions[source.part]))
        for source in sources.images
    ]
    kubernetes = {version, *(old.kubernetes if old else ())}
    newest_first = tuple(sorted(kubernetes, key=lockfile.numbers, reverse=True))
    return Lock(
        schema=1,
        kubernetes=newest_first,
        defaults=versions | {"kubernetes": newest_first[0]},
        binaries=lockfile.merge_binaries(old.binaries if old else (), new),
        images=lockfile.merge_images(old.images if old else (), images),
    )


def _missing(sources: Catalog, version: str, known: Iterable[Binary]) -> list[_Wanted]:
    """What the catalog has for a Kubernetes version, on every architecture, and `known` has not."""
    versions = {"kubernetes": version, **sources.versions}
    have = {(entry.name, entry.version, entry.arch) for entry in known}
    return [
        _Wanted(source, name, versions[source.part], arch)
        for source in sources.binaries
        for name in source.names
        for arch in get_args(Arch)
        if (name, versions[source.part], arch) not in have
    ]


def _binary(wanted: _Wanted) -> Binary:
    source, name, version, arch = wanted
    members = {file: _fill(path, version, arch=arch) for file, path in (source.members or {}).items()}
    try:
        if source.image:
            [(file, path)] = members.items()
            url, sha256, member = registry.find(_fill(source.image, version), arch, path)
            members = {file: member}
        else:
            url = _fill(source.url, version, arch=arch, name=name)
            sums = _fill(source.sums, version, arch=arch, url=url)
            sha256 = published_sum(upstream.get(sums).decode(), file=url.rsplit("/", 1)[1], source=sums)
    except OSError as error:
        raise ToolchainError(
            f"the sum of {name} {version} for {arch} could not be fetched: {upstream.sentence(error)}. "
            f"Lock entries are made from upstream's own sums: run this where the release hosts can be reached."
        ) from None
    say("lock", f"{name} {version} {arch}: {sha256}")
    return Binary(name=name, version=version, arch=arch, url=url, sha256=sha256, members=members or None)


def _fill(text: str, version: str, *, arch: str = "", name: str = "", url: str = "") -> str:
    return text.format(version=version, arch=arch, name=name, url=url)


def published_sum(text: str, *, file: str, source: str) -> str:
    """The sha256 of a file in a sum file: lines `SUM  FILE` (or `SUM *FILE`), or the sum alone."""
    sums = dict(_lines(text))
    found = sums.get(file) or (sums.get("") if len(sums) == 1 else None)
    if not found:
        raise ToolchainError(f"{source} names no sha256 of {file}: expected a line `SUM  {file}`")
    return found


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """File name → sum; a sum without a name has the empty one."""
    for line in text.splitlines():
        words = line.split()
        if words and re.fullmatch(r"[0-9a-f]{64}", words[0]):
            yield (words[1].lstrip("*").rsplit("/", 1)[-1] if len(words) > 1 else ""), words[0]


if __name__ == "__main__":
    with report():
        refresh(sys.argv[1] if len(sys.argv) > 1 else "")
