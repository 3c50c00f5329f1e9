"""Who reaches the API, how, and what they and their pods may do."""

from typing import Annotated, Literal

from pydantic import Field, StrictInt, StrictStr

from components.config.base import Settings
from components.config.values import Address, DnsLabel, Host, Range


class Api(Settings):
    """The endpoint of the Kubernetes API (always HTTPS)."""

    virtual_address: Address | None = Field(
        None,
        description="An unused address of the node range that moves to a control plane that works. Required with "
        "several control planes on `local` and `bare-metal`. Default: the one control plane's own address.",
        examples=["10.80.0.10"],
    )
    # Above 1023, because the API server does not run as root.
    port: Annotated[StrictInt, Field(ge=1024, le=65535)] = Field(6443, description="The API's TCP port, 1024 or above.")
    access: Literal["public", "private"] = Field(
        "public",
        description="On clouds: `public` gives the API a reserved public address, open to `cloud.operatorRanges` and "
        "`allowedRanges`. `private`: it is reached inside the network only. Machines use a private address either way.",
    )
    allowed_ranges: tuple[Range, ...] = Field(
        (),
        description="On clouds: further ranges that may reach the API, with `access: private` ranges of your own "
        "networks. `0.0.0.0/0` opens it to everyone, who then still needs a certificate or a token.",
        examples=[["203.0.113.0/24"]],
    )
    extra_names: tuple[Host, ...] = Field(
        (),
        description="Further DNS names or addresses by which clients reach the API; they are put into its certificate.",
        examples=[["api.example.org", "203.0.113.10"]],
    )


class User(Settings):
    """A person or a program that uses the API."""

    name: StrictStr = Field(description="The user's name, as RBAC sees it.", examples=["jane"])
    groups: tuple[StrictStr, ...] = Field(
        (), description="The user's groups, as RBAC sees them.", examples=[["developers"]]
    )
    credential: Literal["certificate", "token"] = Field(
        "certificate",
        description="`certificate`: a client certificate, renewed by `pulumi up`. `token`: 32 random characters.",
    )


class Security(Settings):
    """What pods may do unless their namespace says otherwise."""

    pod_security: Literal["privileged", "baseline", "restricted"] = Field(
        "baseline", description="The Pod Security Standard that every namespace without a label of its own must meet."
    )
    pod_security_exempt_namespaces: tuple[DnsLabel, ...] = Field(
        (), description="Namespaces without it. `kube-system` always is one.", examples=[["storage"]]
    )


class Certificates(Settings):
    """The certificates that this program issues. Times in hours."""

    algorithm: Literal["ECDSA", "RSA"] = Field("ECDSA", description="The keys' algorithm: ECDSA P-256 or RSA 3072.")
    validity_hours: Annotated[StrictInt, Field(ge=1)] = Field(
        8760, description="How long a certificate is valid, in hours (default: a year)."
    )
    renew_before_hours: Annotated[StrictInt, Field(ge=0)] = Field(
        720, description="`pulumi up` renews a certificate that has fewer hours left (default: 30 days)."
    )
    authority_validity_hours: Annotated[StrictInt, Field(ge=1)] = Field(
        87600, description="How long the authorities are valid, in hours (default: ten years)."
    )


class Addons(Settings):
    """Optional services in the cluster."""

    metrics_server: bool = Field(
        False, strict=True, description="metrics-server: `kubectl top` and autoscaling by use."
    )
    local_volumes: bool = Field(
        False, strict=True, description="A default StorageClass `local`: folders on the node that uses them first."
    )
