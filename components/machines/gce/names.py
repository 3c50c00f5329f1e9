"""Names: everything is called CLUSTER-PART, for a project is one name space; roles are network tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names of one cluster's parts."""

    prefix: str
    labels: Mapping[str, str]
    """What everything that can carry labels carries."""

    def of(self, part: str) -> str:
        """`CLUSTER-PART`."""
        return f"{self.prefix}-{part}"

    def role(self, role: str) -> str:
        """The network tag by which the firewall knows machines of that role."""
        return self.of(role)


def make_names(prefix: str, tags: Mapping[str, str]) -> Names:
    """Names with the plan's tags as labels: Google allows no slash in their keys."""
    return Names(prefix=prefix, labels={key.replace("/", "-"): value for key, value in tags.items()})
