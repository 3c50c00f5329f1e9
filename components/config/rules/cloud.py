"""The place in a cloud: names that fit each other, who may come in, what the account allows."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network

from components.config.cloud import Cloud, Image
from components.config.facts import Facts, refuse
from components.config.problems import Problem
from components.plan.cloud import addresses_needed, api_ranges, has_routes, routes_needed
from components.plan.cloud import quotas as account_quotas
from components.plan.cluster import CONTROLLER_MANAGERS, CSI_DRIVERS
from components.plan.site import fits, smallest

REGIONS = {"aws": r"[a-z]{2}(-[a-z]+)+-[0-9]", "gce": r"[a-z]+-[a-z]+[0-9]+"}
EXAMPLES = {"aws": "eu-central-1", "gce": "europe-west3"}
# Beginnings that names may not have, for security groups and balancers (AWS) and everything (GCE):
# https://cloud.google.com/compute/docs/naming-resources
RESERVED = {
    "aws": ("(sg|internal)-", "AWS keeps names that begin with sg- or internal- for itself", "begin it otherwise"),
    "gce": ("[0-9]", "Google's names begin with a letter", "put a letter before it"),
}
# Between the region and the zone's letter.
SEPARATORS = {"aws": "", "gce": "-"}
_PROJECT = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
_SERVICE_ACCOUNT = re.compile(r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com")
# What the toolchain's mirror has when it is asked for (tools/toolchain/mirror.py).
ON_REQUEST = ("aws-cloud-controller-manager",)
EVERYONE = IPv4Network("0.0.0.0/0")
# AWS takes a VPC of /16 at most; a network of the cluster's own is as large as the node range.
LARGEST_AWS_NETWORK = 16


def region_and_zones(facts: Facts) -> Iterator[Problem]:
    """Region, zones and project have the cloud's form of names, and zones are the region's, each once."""
    cloud, provider = _cloud(facts), facts.config.provider
    if cloud is None:
        return
    if not re.fullmatch(REGIONS[provider], cloud.region):
        rule = f"a region as {provider} names them"
        yield refuse("cloud.region", rule, f"write it like {EXAMPLES[provider]}", cloud.region)
        return
    for index, zone in enumerate(cloud.zones):
        key = f"cloud.zones[{index}]"
        letter = f"{cloud.region}{SEPARATORS[provider]}"
        if not re.fullmatch(rf"{re.escape(letter)}[a-z]", zone):
            rule = f"a zone of the region {cloud.region}"
            yield refuse(key, rule, f"write it like {letter}a, or choose another region", zone)
        elif zone in cloud.zones[:index]:
            yield refuse(key, "no zone twice", "leave it out", zone)
    if provider == "gce" and cloud.project is None:
        yield refuse("cloud.project", "provider gce needs the project's id", "add it, like project: my-project")
    elif provider == "aws" and cloud.project is not None:
        yield refuse("cloud.project", "provider aws knows no projects", "leave it out", cloud.project)
    elif cloud.project is not None and not _PROJECT.fullmatch(cloud.project):
        rule = "a project's id: 6 to 30 lower-case letters, digits and dashes, a letter first"
        yield refuse("cloud.project", rule, "see gcloud projects list", cloud.project)


def cluster_name(facts: Facts) -> Iterator[Problem]:
    """The cluster's name can stand at the beginning of what the cloud calls its things."""
    config = facts.config
    if not facts.sound("clusterName", "provider") or config.provider not in RESERVED:
        return
    pattern, rule, way_out = RESERVED[config.provider]
    if re.match(pattern, config.cluster_name):
        yield refuse("clusterName", rule, way_out, config.cluster_name)


def node_range(facts: Facts) -> Iterator[Problem]:
    """The node range has a part for each zone and room at its end; on AWS it is no larger than a VPC may be."""
    cloud, nodes = _cloud(facts), facts.config.network.node_range
    if cloud is None or not facts.sound("network.nodeRange", "cloud.zones"):
        return
    zones = len(cloud.zones)
    if not fits(nodes, zones):
        rule = f"it has a part for each of {zones} zones, and one more for balancers, NAT and the bastion"
        way_out = f"take a /{smallest(zones)} or larger, or fewer zones"
        yield refuse("network.nodeRange", rule, way_out, nodes)
    elif facts.config.provider == "aws" and nodes.prefixlen < LARGEST_AWS_NETWORK:
        rule = f"a VPC's range is /{LARGEST_AWS_NETWORK} at most"
        yield refuse("network.nodeRange", rule, f"take a /{LARGEST_AWS_NETWORK} or smaller", nodes)


def network(facts: Facts) -> Iterator[Problem]:
    """An existing network is named as the cloud names it."""
    cloud = _cloud(facts)
    if cloud is None or cloud.network.id is None:
        return
    pattern, example = {
        "aws": (r"vpc-[0-9a-f]{8,17}", "vpc-0123456789abcdef0"),
        "gce": (r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", "my-network"),
    }[facts.config.provider]
    if not re.fullmatch(pattern, cloud.network.id):
        yield refuse("cloud.network.id", "the network's own id or name", f"write it like {example}", cloud.network.id)


def who_may_come(facts: Facts) -> Iterator[Problem]:
    """Somebody may come in by SSH, not everybody; a public API is open to somebody."""
    cloud, config = _cloud(facts), facts.config
    if cloud is None or not facts.sound("cloud.operatorRanges", "api"):
        return
    if not cloud.operator_ranges:
        rule = "you reach the machines from somewhere: SSH is open to these ranges only"
        yield refuse("cloud.operatorRanges", rule, "add your own address as a /32, like [198.51.100.7/32]")
    if EVERYONE in cloud.operator_ranges:
        rule = "SSH is not open to everyone"
        way_out = "name your own ranges; the API alone may be open to all, by api.allowedRanges"
        yield refuse("cloud.operatorRanges", rule, way_out, EVERYONE)
    broad = [given for given in api_ranges(config, cloud) if given.prefixlen < 8 and given != EVERYONE]
    if broad:
        rule = "ranges of /8 or smaller; only 0.0.0.0/0 says that everyone is meant"
        yield refuse("api.allowedRanges", rule, "write the ranges that are meant, or 0.0.0.0/0", broad[0])


def balancer(facts: Facts) -> Iterator[Problem]:
    """On clouds a balancer gives the API's address, and no virtual one; elsewhere there is none to open."""
    api, cloud = facts.config.api, facts.config.provider in ("aws", "gce")
    if not facts.sound("api", "provider"):
        return
    if cloud and api.virtual_address is not None:
        rule = "a balancer of the cloud gives the API's address"
        yield refuse("api.virtualAddress", rule, "leave it out", api.virtual_address)
    if not cloud and api.allowed_ranges:
        rule = f"provider {facts.config.provider} has no firewall of the program's"
        yield refuse("api.allowedRanges", rule, "leave it out, and set up the machines' own firewall")
    if not cloud and api.access == "private":
        rule = f"provider {facts.config.provider} gives the API no public address"
        yield refuse("api.access", rule, "leave it out", api.access)


def controller_manager(facts: Facts) -> Iterator[Problem]:
    """The controller manager acts as a service account that is there (GCE), or a role that the program makes (AWS)."""
    cloud, provider = _cloud(facts), facts.config.provider
    if cloud is None or not facts.sound("cloud.controllerManager", "cloud.serviceAccount"):
        return
    if cloud.csi and cloud.controller_manager == "none":
        rule = "the CSI driver's controller acts in the account too, and knows machines by their provider ids"
        yield refuse("cloud.csi", rule, "write controllerManager: external, or leave it out", cloud.csi)
    given, wanted = cloud.service_account, provider == "gce" and cloud.controller_manager == "external"
    if wanted and given is None:
        rule = "on gce, controllerManager: external acts as a service account"
        yield refuse("cloud.serviceAccount", rule, "make one with the roles of docs/gce.md, and write its e-mail")
    elif given is not None and not wanted:
        rule = "only on gce, with controllerManager: external, does a machine act as one"
        yield refuse("cloud.serviceAccount", rule, "leave it out", given)
    elif given is not None and not _SERVICE_ACCOUNT.fullmatch(given):
        rule = "a service account's e-mail"
        way_out = "write it like controllers@my-project.iam.gserviceaccount.com"
        yield refuse("cloud.serviceAccount", rule, way_out, given)


def addons_are_there(facts: Facts) -> Iterator[Problem]:
    """The lock file has the images of the controller manager and of the CSI driver, where they are asked for."""
    cloud, provider = _cloud(facts), facts.config.provider
    if cloud is None or facts.lock is None or not facts.sound("cloud.controllerManager", "cloud.csi"):
        return
    wanted = (
        ("cloud.controllerManager", cloud.controller_manager == "external", CONTROLLER_MANAGERS[provider]),
        ("cloud.csi", cloud.csi, CSI_DRIVERS[provider]),
    )
    for key, chosen, image in wanted:
        if chosen and image not in facts.lock.defaults:
            way_out = "take upstream's binaries and images, whose lock file has it"
            if image in ON_REQUEST:
                way_out += f"; or build it: make artifacts PART={image}"
            yield refuse(key, f"the lock file has the image {image}", way_out)


def images(facts: Facts) -> Iterator[Problem]:
    """An image is chosen by its id, or by owner and name."""
    cloud = _cloud(facts)
    if cloud is None:
        return
    given = [("cloud.image", cloud.image), *((f"{key}.image", pool.image) for key, pool in facts.pools())]
    for key, image in given:
        if image is not None and facts.sound(key):
            yield from _image(facts, key, image)


def _image(facts: Facts, key: str, image: Image) -> Iterator[Problem]:
    if image.id is None:
        return
    if image.owner is not None or image.name is not None:
        yield refuse(key, "an id names one image; owner and name look for one", "leave id out, or the others")
    pattern, example = {
        "aws": (r"ami-[0-9a-f]{8,17}", "ami-0123456789abcdef0"),
        "gce": (r"projects/[^/]+/global/images/[^/]+", "projects/ubuntu-os-cloud/global/images/NAME"),
    }[facts.config.provider]
    if not re.fullmatch(pattern, image.id):
        yield refuse(f"{key}.id", "an image's id", f"write it like {example}", image.id)


def quotas(facts: Facts) -> Iterator[Problem]:
    """Routes and reserved addresses fit into what the account allows."""
    cloud, config = _cloud(facts), facts.config
    if cloud is None or not facts.sound("pools", "cloud", "network.mode"):
        return
    routes, addresses = account_quotas(config, cloud)
    machines = len(facts.names())
    if has_routes(config, cloud) and routes_needed(machines) > routes:
        place = "a route table" if config.provider == "aws" else "a network"
        rule = f"{machines} machines need {routes_needed(machines)} routes, and {place} has {routes}"
        aliases = "cloud.network.podRanges: aliases, " if config.provider == "gce" else ""
        way_out = (
            f"raise the quota at {config.provider}, then write quotas: {{routes: …}}; or network.mode: overlay, which "
            f"needs none; or {aliases}fewer machines"
        )
        yield refuse("cloud.quotas.routes", rule, way_out, routes)
    needed = addresses_needed(config, cloud)
    if needed > addresses:
        rule = f"{needed} reserved public addresses are needed, and the account has {addresses}"
        way_out = (
            f"raise the quota at {config.provider}, then write quotas: {{addresses: {needed}}}; or fewer zones, "
            "nat: one, api.access: private, or no reservedAddress"
        )
        yield refuse("cloud.quotas.addresses", rule, way_out, addresses)


def pod_ranges(facts: Facts) -> Iterator[Problem]:
    """Alias ranges are Google's, and for pods whose packets the cloud routes."""
    cloud, config = _cloud(facts), facts.config
    if cloud is None or not facts.sound("cloud", "network.mode") or cloud.network.pod_ranges == "routes":
        return
    key = "cloud.network.podRanges"
    if config.provider != "gce":
        yield refuse(key, "only gce has alias ranges", "leave it out", "aliases")
    if config.network.mode != "routes":
        rule = f"with network.mode {config.network.mode} the cloud does not know pods' ranges"
        yield refuse(key, rule, "leave it out, or write network.mode: routes", "aliases")


def _cloud(facts: Facts) -> Cloud | None:
    """The settings of the cloud, where there is one and its group is sound."""
    sound = facts.sound("provider", "cloud.region", "cloud.zones") and facts.config.provider in ("aws", "gce")
    return facts.config.cloud if sound else None
