"""What a user reads when settings are wrong: every mistake at once, each with a way out."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import PydanticCustomError

HIDDEN = "(a secret, not shown)"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake in the settings.

    `key` as written in the stack file, e.g. `kubernetes:machines[2].address`; `found` is the value as text, None where
    there is none to show; `rule` says what holds; `way_out` what to type or to change.
    """

    key: str
    rule: str
    way_out: str
    found: str | None = None

    def __str__(self) -> str:
        lines = [self.key]
        if self.found is not None:
            lines.append(f"    found:   {self.found}")
        lines.append(f"    rule:    {self.rule}")
        lines.append(f"    way out: {self.way_out}")
        return "\n".join(lines)


class ConfigError(Exception):
    """The settings can't be used; `problems` holds every reason."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(str(self))

    def __str__(self) -> str:
        count = len(self.problems)
        head = "There is a mistake" if count == 1 else f"There are {count} mistakes"
        return "\n\n".join([f"{head} in the cluster's settings; nothing was changed.", *map(str, self.problems)])


def mistake(rule: str, way_out: str) -> PydanticCustomError:
    """The error a field's own check raises; the loader adds the key and the value."""
    return PydanticCustomError("rule", "{rule}", {"rule": rule, "way_out": way_out})
