"""Names: everything is called CLUSTER-PART, and tagged with the cluster's name by the provider (default tags)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names of one cluster's parts."""

    prefix: str

    def of(self, part: str) -> str:
        """`CLUSTER-PART`."""
        return f"{self.prefix}-{part}"

    def tags(self, part: str) -> dict[str, str]:
        """What AWS shows as the name of a part."""
        return {"Name": self.of(part)}
