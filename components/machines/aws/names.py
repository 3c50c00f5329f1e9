"""Names: everything is called CLUSTER-PART, and tagged with the cluster's name by the provider (default tags)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names of one cluster's parts."""

    prefix: str
    controlled: bool = False
    """Whether the cloud's controller manager looks for what belongs to the cluster."""

    def of(self, part: str) -> str:
        """`CLUSTER-PART`."""
        return f"{self.prefix}-{part}"

    def tags(self, part: str) -> dict[str, str]:
        """What AWS shows as the name of a part."""
        return {"Name": self.of(part)}

    def owned(self, part: str, **more: str) -> dict[str, str]:
        """The tags of a part that the cloud's controller manager must know as the cluster's, `more` included."""
        tag = {f"kubernetes.io/cluster/{self.prefix}": "owned", **more}
        return {**self.tags(part), **(tag if self.controlled else {})}
