"""What upstream publishes and where (upstream.yaml): the source of the lock file's entries."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

FILE = Path(__file__).with_name("upstream.yaml")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BinarySource(_Model):
    """Files of one release: at a URL whose sum is published, or inside an image."""

    part: str
    """The part of the cluster whose version it has."""
    names: list[str]
    url: str = ""
    sums: str = ""
    """The URL of the file that upstream publishes the sum in; {url} is the download's own URL."""
    image: str = ""
    members: dict[str, str] | None = None
    """File name → path in the archive or the image."""

    @model_validator(mode="after")
    def _one_place(self) -> "BinarySource":
        if bool(self.image) == bool(self.url) or bool(self.url) != bool(self.sums):
            raise ValueError("give either `image`, or `url` and `sums`")
        return self


class ImageSource(_Model):
    """An image of a registry."""

    part: str
    name: str
    reference: str


class Catalog(_Model):
    """The whole of upstream.yaml."""

    versions: dict[str, str]
    """Part → version, of every part but Kubernetes."""
    probe: list[str]
    """URLs that all answer where upstream's release hosts can be reached."""
    binaries: list[BinarySource]
    images: list[ImageSource]


def load() -> Catalog:
    """Read the catalog of this project."""
    return Catalog.model_validate(yaml.safe_load(FILE.read_text()))
