"""Where in a cloud the machines are, and who reaches them (providers `aws` and `gce`)."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from components.config.base import Settings
from components.config.values import Range, Text


class Image(Settings):
    """The machines' operating system: the newest image of a name, or one image. It is looked up once and then kept."""

    owner: Text | None = Field(
        None,
        description="Who publishes the image: an account number or alias (AWS), a project (GCE). Default: Debian's on "
        "AWS, Canonical's on GCE, whose images bring cloud-init.",
        examples=["136693071363"],
    )
    name: Text | None = Field(
        None,
        description="The image's name with `*` for what varies (AWS), or its family (GCE); `{architecture}` stands for "
        "amd64 or arm64. Default: `debian-12-{architecture}-2*` on AWS, `ubuntu-2404-lts-{architecture}` on GCE.",
        examples=["debian-12-{architecture}-2*"],
    )
    id: Text | None = Field(
        None,
        description="Exactly this image instead: `ami-…` (AWS), `projects/PROJECT/global/images/NAME` (GCE).",
        examples=["ami-0123456789abcdef0"],
    )


class CloudNetwork(Settings):
    """The cloud's network (VPC) that the machines are in."""

    id: Text | None = Field(
        None,
        description="An existing network: a VPC's id (AWS), a network's name (GCE). `network.nodeRange` is carved out "
        "of it: inside the VPC's range and free. Default: a network of the cluster's own.",
        examples=["vpc-0123456789abcdef0"],
    )
    nodes: Literal["public", "private"] = Field(
        "public",
        description="`public`: each machine has a public address, opened to `operatorRanges` for SSH only. `private`: "
        "none has; SSH goes through a bastion that the program makes, and what machines fetch comes through NAT.",
    )
    nat: Literal["one", "each-zone", "none"] = Field(
        "one",
        description="How private machines reach the internet: `one` NAT gateway, one in `each-zone` (AWS; GCE's NAT is "
        "regional), or `none`, where a mirror inside the network has all they fetch.",
    )
    pod_ranges: Literal["routes", "aliases"] = Field(
        "routes",
        description="How a cloud that routes pods' packets (`network.mode: routes`) finds them. `routes`: a route for "
        "each machine. `aliases` (GCE): each machine's pod range is an alias range of its interface, out of a second "
        "range of the subnetwork, so that no routes are used and machines need no IP forwarding. A change of it makes "
        "every machine anew.",
    )


class Quotas(Settings):
    """What the account allows, as far as a cluster comes near it; a preview refuses what would not fit."""

    routes: Annotated[StrictInt, Field(ge=1)] | None = Field(
        None,
        description="Routes in a route table (AWS) or network (GCE). Default: 50 on AWS, 250 on GCE, what a new "
        "account has. Raise it at the cloud first.",
        examples=[500],
    )
    addresses: Annotated[StrictInt, Field(ge=1)] | None = Field(
        None,
        description="Reserved public addresses in the region that this cluster may use. Default: 5 on AWS, 8 on GCE, "
        "what a new account has.",
        examples=[20],
    )


class CloudBastion(Settings):
    """The host that SSH goes through where machines are private; the program makes it."""

    type: StrictStr | None = Field(
        None,
        description="Its machine type (amd64). Default: `t3.micro` on AWS, `e2-micro` on GCE.",
        examples=["t3.small"],
    )


class Cloud(Settings):
    """The place in the cloud. Required on `aws` and `gce`, refused elsewhere."""

    region: Text = Field(description="The region.", examples=["eu-central-1"])
    zones: tuple[Text, ...] = Field(
        description="The zones that machines may be in, each with a part of `network.nodeRange` in this order. Control "
        "planes are spread over them. A zone can be added at the end; with another number of zones the parts may "
        "change, and with them every address.",
        examples=[["eu-central-1a", "eu-central-1b", "eu-central-1c"]],
        min_length=1,
    )
    project: Text | None = Field(None, description="GCE: the project's id. Required there.", examples=["my-project"])
    network: CloudNetwork = Field(CloudNetwork(), description="The network that the machines are in.")
    operator_ranges: tuple[Range, ...] = Field(
        (),
        description="Where you and your colleagues are: the ranges from which SSH and, with `api.access: public`, the "
        "API are open. One address is a /32. Nothing is looked up on the internet.",
        examples=[["198.51.100.7/32"]],
    )
    node_port_ranges: tuple[Range, ...] = Field(
        (),
        description="Ranges from which NodePorts are open. Default: the cluster's machines and pods only.",
        examples=[["198.51.100.0/24"]],
    )
    image: Image = Field(Image(), description="The machines' operating system, unless a pool says otherwise.")
    controller_manager: Literal["none", "external"] = Field(
        "none",
        description="`external`: the cloud's own controller manager runs on the control planes. It makes balancers for "
        "services of type LoadBalancer, and takes Nodes out whose instance is gone. The control planes get the rights "
        "in the account that it needs; with `none` no machine has any.",
    )
    csi: StrictBool = Field(
        False,
        description="Volumes of the cloud's disks: its CSI driver and a StorageClass, `ebs` or `pd`. Needs "
        "`controllerManager: external`, whose account its controller acts in too.",
    )
    service_account: Text | None = Field(
        None,
        description="GCE: the e-mail of the service account that control planes act as; needed with "
        "`controllerManager: external`, which says nothing of its rights: those of docs/gce.md.",
        examples=["controllers@my-project.iam.gserviceaccount.com"],
    )
    bastion: CloudBastion = Field(CloudBastion(), description="The host that SSH goes through to private machines.")
    quotas: Quotas = Field(Quotas(), description="What the account allows.")
