"""Which generations of a key are accepted, and which one is used. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from components.config import rotation as settings
from components.config.previous import PreviousCluster, Reached

Kind = Literal["authorities", "serviceAccount", "encryption", "ssh"]
STAGES: tuple[settings.Stage, ...] = ("trust", "use", "drop")


@dataclass(frozen=True, kw_only=True)
class Generations:
    """Where a rotation in stages is: `generation` is the newest one that there is."""

    generation: int = 1
    stage: settings.Stage = "drop"

    @property
    def used(self) -> int:
        """The one that signs or encrypts."""
        return self.generation - 1 if self.stage == "trust" else self.generation

    @property
    def accepted(self) -> tuple[int, ...]:
        """Those whose signatures are good, the oldest first."""
        return (self.generation,) if self.stage == "drop" else (self.generation - 1, self.generation)

    @property
    def readable(self) -> tuple[int, ...]:
        """Those whose data can be read, the one that is written with first.

        While a new one has just come into use that is every one that ever was: so a snapshot from before several
        rotations can be restored.
        """
        if self.stage == "use":
            return tuple(range(self.generation, 0, -1))
        return self.accepted

    @property
    def place(self) -> int:
        """How many stages were gone through since the first generation; below 0 where it has another than `drop`."""
        return 3 * (self.generation - 2) + 1 + STAGES.index(self.stage)

    def __str__(self) -> str:
        return f"generation {self.generation}, stage {self.stage}"


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """Where each rotation is."""

    authorities: Generations = Generations()
    service_account: Generations = Generations()
    encryption: Generations = Generations()
    ssh: Generations = Generations()
    tokens: int = 1

    @property
    def ever(self) -> bool:
        """Whether anything was ever rotated."""
        return self != Rotation()

    def staged(self) -> dict[Kind, Generations]:
        """Those in stages, by their name in the settings."""
        return {
            "authorities": self.authorities,
            "serviceAccount": self.service_account,
            "encryption": self.encryption,
            "ssh": self.ssh,
        }


def make_rotation(config: settings.Rotation) -> Rotation:
    """What the settings ask for."""
    return Rotation(
        authorities=_generations(config.authorities),
        service_account=_generations(config.service_account),
        encryption=_generations(config.encryption),
        ssh=_generations(config.ssh),
        tokens=config.tokens,
    )


def _generations(config: settings.Staged) -> Generations:
    return Generations(generation=config.generation, stage=config.stage)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What the outputs say of rotations in stages, so that the next `up` is judged by it."""

    before: Mapping[Kind, Reached]
    """Where each was; where an `up` changes nothing, what the one before said."""
    wanted: Mapping[Kind, Generations]
    known: Mapping[Kind, Reached]

    def reached(self, now: str) -> dict[str, dict[str, object]]:
        """Where each is when every machine is where it should be, at the time `now`."""
        return {
            name: {**asdict(one), "since": self.known[name].since if self._is_there(name) else now}
            for name, one in self.wanted.items()
        }

    def _is_there(self, name: Kind) -> bool:
        one, known = self.wanted[name], self.known.get(name)
        return known is not None and (known.generation, known.stage) == (one.generation, one.stage)


def make_progress(rotation: Rotation, previous: PreviousCluster | None) -> Progress:
    """A cluster that never served begins with what it is given."""
    wanted = rotation.staged()
    if previous is None or not previous.versions:
        first = {name: Reached(generation=one.generation, stage=one.stage) for name, one in wanted.items()}
        return Progress(before=first, wanted=wanted, known=first)
    known = {name: previous.rotation.get(name, Reached()) for name in wanted}
    unchanged = all((known[n].generation, known[n].stage) == (g.generation, g.stage) for n, g in wanted.items())
    before = {name: previous.rotation_before.get(name, one) for name, one in known.items()} if unchanged else known
    return Progress(before=before, wanted=wanted, known=known)


def named(name: str, generation: int) -> str:
    """The name of a generation's resource: the first has the name alone."""
    return name if generation == 1 else f"{name}-{generation}"
