"""The settings of a cluster: every model, by one name."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from components.config.access import Addons, Api, Certificates, Security, User
from components.config.backup import Backup
from components.config.base import Settings
from components.config.cloud import Cloud
from components.config.extras import ExtraArgs, ExtraFile
from components.config.machine import Machine
from components.config.network import Network
from components.config.pools import Group, Pool
from components.config.rollout import Rollout
from components.config.rotation import Rotation
from components.config.runtime import Runtime
from components.config.sources import Binaries, Images
from components.config.ssh import Bastion, MachineSsh, Ssh
from components.config.values import DnsLabel, Repair, Version

__all__ = [
    "Addons", "Api", "Backup", "Bastion", "Binaries", "Certificates", "Cloud", "ClusterConfig", "ExtraArgs",
    "ExtraFile", "Group", "Images", "Machine", "MachineSsh", "Network", "Pool", "Rollout", "Rotation", "Security",
    "Ssh", "User",
]  # fmt: skip


class ClusterConfig(Settings):
    """Everything that is chosen about a cluster. Each field is a key `kubernetes:NAME` of the stack file."""

    # 28: a cloud's load balancer name has 32 characters, and the part's name (-api) is appended.
    cluster_name: Annotated[DnsLabel, Field(max_length=28)] = Field(
        description="The cluster's name, unique among those of the same provider; it names and tags everything that "
        "is made. A DNS label of 28 characters at most.",
        examples=["production"],
    )
    provider: Literal["local", "bare-metal", "aws", "gce"] = Field(
        description="Where the machines are: `local` makes them on this computer, `bare-metal` takes machines that are "
        "there and answer SSH, `aws` and `gce` make them in a cloud.",
        examples=["bare-metal"],
    )
    kubernetes_version: Version | None = Field(
        None,
        description="The Kubernetes version, one that the lock file has. Default: the lock file's default.",
        examples=["1.36.3"],
    )
    machines: tuple[Machine, ...] = Field(
        (), description="The machines, control planes among them. On clouds they come from `pools`."
    )
    cloud: Cloud | None = Field(None, description="Clouds: where the machines are, and who reaches them.")
    pools: tuple[Pool, ...] = Field((), description="Clouds: the machines, control planes among them, in pools.")
    # Not strict: Pulumi hands over a setting of the top level as text.
    protect: bool = Field(
        True,
        description="Clouds: whether Pulumi and the cloud refuse to delete control planes, whose disks hold etcd's "
        "data. To let go: set it to false, `make up`, then `make down`.",
    )
    ssh: Ssh = Field(Ssh(), description="How machines are reached.")
    network: Network = Field(Network(), description="Address ranges and the pod network.")
    container_runtime: Runtime = Field("containerd", description="The container runtime.")
    binaries: Binaries = Field(Binaries(), description="Where binaries come from.")
    images: Images = Field(Images(), description="Where images come from.")
    api: Api = Field(Api(), description="The endpoint of the Kubernetes API.")
    users: tuple[User, ...] = Field((), description="Users of the API, besides the administrator.")
    security: Security = Field(Security(), description="What pods may do.")
    certificates: Certificates = Field(Certificates(), description="Key algorithm and validity of certificates.")
    addons: Addons = Field(Addons(), description="Optional services in the cluster.")
    backup: Backup = Field(Backup(), description="Snapshots of etcd.")
    rollout: Rollout = Field(Rollout(), description="How a change goes over machines that already run.")
    rotation: Rotation = Field(Rotation(), description="New keys, authorities and tokens for a running cluster.")
    extra_args: ExtraArgs = Field(ExtraArgs(), description="Further command-line flags per component.")
    extra_files: tuple[ExtraFile, ...] = Field((), description="Further files on machines.")
    repair: Repair = Field(
        "",
        description="Any word, like a date. Another one makes every step run again and put right what is no longer on "
        "the machines as it was put there. `make repair` writes one.",
        examples=["2026-11-28"],
    )

    @model_validator(mode="before")
    @classmethod
    def _the_toolchain_brings_both(cls, data: Any) -> Any:
        """Local machines take what the toolchain made, and images come from where binaries do."""
        if not isinstance(data, Mapping):
            return data
        binaries, images = data.get("binaries", {}), data.get("images", {})
        if data.get("provider") == "local" and isinstance(binaries, Mapping):
            binaries = {"source": "toolchain", **binaries}
        if _source(binaries) == "toolchain" and isinstance(images, Mapping):
            images = {"source": "toolchain", **images}
        return {**data, "binaries": binaries, "images": images}


def _source(group: Any) -> Any:
    return group.get("source") if isinstance(group, Mapping) else getattr(group, "source", None)
