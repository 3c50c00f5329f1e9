"""Where binaries and images come from."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from components.config.base import Settings
from components.config.values import Text


class Binaries(Settings):
    """Where machines fetch binaries; each is checked against the sha256 in the lock file, whatever the source."""

    source: Literal["upstream", "mirror", "files", "toolchain"] = Field(
        "upstream",
        description="`upstream`: the projects' own release URLs. `mirror`: the same paths below `url`. `files`: a "
        "folder on every machine, `url: file:///FOLDER`, laid out as HOST/PATH. `toolchain`: what `make tools` decided "
        "on this computer. Default: `toolchain` for provider `local`, else `upstream`.",
    )
    url: Text | None = Field(
        None,
        description="The mirror's base URL: `https://` (or `http://` at a private address), below it upstream's "
        "https://HOST/PATH as HOST/PATH; with source `files` a `file://` URL.",
        examples=["https://mirror.example.org/kubernetes"],
    )
    lock: Path | None = Field(
        None,
        description="The lock file with versions, URLs and sha256 sums. Default: `components/lock/upstream.yaml`, with "
        "source `toolchain` what `make tools` decided. Relative paths start at the project's folder.",
        examples=["stacks/lock.yaml"],
    )


class Images(Settings):
    """Where machines get the images of the control plane and the addons."""

    source: Literal["registry", "archives", "toolchain"] = Field(
        "registry",
        description="`registry`: pulled by containerd. `archives`: image archives from the lock file, loaded on the "
        "machines. `toolchain`: what `make tools` decided on this computer. Default: `toolchain` where "
        "`binaries.source` is, else `registry`.",
    )
    registry: Text | None = Field(
        None,
        description="A private registry, HOST[:PORT][/PREFIX], that holds the images under upstream's names. Reached "
        "with HTTPS only. Default: upstream's registries.",
        examples=["registry.example.org/kubernetes"],
    )
    username: Text | None = Field(None, description="The user at the private registry.", examples=["puller"])
    password: SecretStr | None = Field(
        None,
        description="The password at the private registry, a Pulumi secret: `pulumi config set --secret --path "
        "kubernetes:images.password`.",
    )
