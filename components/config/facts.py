"""What rules look at, and what they need to know about what is already known to be wrong."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from components.config.keys import Path, parsed
from components.config.machine import Machine
from components.config.paths import resolved
from components.config.pools import Pool
from components.config.previous import PreviousCluster
from components.config.problems import Problem
from components.config.repair import Checked
from components.config.settings import ClusterConfig
from components.config.wording import shown
from components.plan.lock import Lock


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The settings and all that they are judged by. `lock` is None where it could not be read."""

    checked: Checked
    lock: Lock | None
    previous: PreviousCluster | None
    root: FilePath
    secret_groups: Collection[str]

    @property
    def config(self) -> ClusterConfig:
        """The settings; where a value was refused, its default stands in: ask `sound` before judging it."""
        return self.checked.config

    def sound(self, *keys: str) -> bool:
        """Whether nothing at, below or above these keys, like `machines[0].ssh`, was refused already."""
        return not any(_overlap(parsed(key), bad) for key in keys for bad in self.checked.unsound)

    def entries(self, name: str) -> Iterator[tuple[str, int]]:
        """Key and index of each entry of a list of the top level, the key as in the stack file."""
        count = len(getattr(self.config, {"extraFiles": "extra_files"}.get(name, name)))
        positions = self.checked.positions.get(name, tuple(range(count)))
        return ((f"{name}[{positions[index]}]", index) for index in range(count))

    def machines(self) -> Iterator[tuple[str, Machine]]:
        """Each machine with its key, `machines[2]`."""
        return ((key, self.config.machines[index]) for key, index in self.entries("machines"))

    def pools(self) -> Iterator[tuple[str, Pool]]:
        """Each pool with its key, `pools[0]`."""
        return ((key, self.config.pools[index]) for key, index in self.entries("pools"))

    def kinds(self) -> Iterator[tuple[str, Machine | Pool]]:
        """Each machine, and each pool, of whose machines all is the same but the address."""
        yield from self.machines()
        yield from self.pools()

    def names(self) -> list[str]:
        """The names of all machines that have one before they are there."""
        pools = (
            f"{pool.name}-{number}"
            for pool in self.config.pools
            if pool.group is None
            for number in range(1, pool.count + 1)
        )
        return [*(machine.name for machine in self.config.machines), *pools]

    def every_machine(self, *names: str) -> bool:
        """Whether all machines are known, and these of their settings."""
        groups = ("machines", "pools")
        return not any(path[0] in groups and (len(path) < 3 or path[2] in names) for path in self.checked.unsound)

    def resolve(self, path: FilePath) -> FilePath:
        """A path of the settings: relative ones start at the project's folder, `~` is the home folder."""
        return resolved(path, self.root)


def _overlap(path: Path, bad: Path) -> bool:
    return all(a == b for a, b in zip(path, bad, strict=False))


def refuse(key: str, rule: str, way_out: str, found: object = None) -> Problem:
    """A problem at `key`, written without the project's prefix; `found` is the value, None for none to show."""
    return Problem(
        key=f"kubernetes:{key}", rule=rule, way_out=way_out, found=None if found is None else shown(_plain(found))
    )


def _plain(value: object) -> object:
    return value if isinstance(value, str | list | dict | bool) else str(value)
