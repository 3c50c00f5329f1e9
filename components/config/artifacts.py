"""What `make tools` decided: where this computer's own clusters get their artifacts from."""

import os
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from components.config.problems import ConfigError, Problem

SERVED = "KFS_ARTIFACTS"
"""The variable with the base URL of a served copy of the toolchain's mirror: its stacks take binaries from there."""


class Artifacts(BaseModel):
    """The content of `artifacts.yaml`; `root` is the folder to serve where `source` is a mirror."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: Literal["upstream", "mirror"]
    lock: Path
    images: Literal["registry", "archives"]
    root: Path | None = None
    url: str | None = None
    """Where the mirror is served already (KFS_ARTIFACTS: a cloud in a box); None where provider `local` serves it."""


def artifacts_file(root: Path) -> Path:
    """`.cache/artifacts.yaml` of the project, or of the folder that KFS_CACHE names."""
    return Path(os.environ.get("KFS_CACHE") or root / ".cache") / "artifacts.yaml"


def read_artifacts(root: Path) -> Artifacts:
    """What was decided; ConfigError where nothing was yet."""
    path = artifacts_file(root)
    try:
        decided = Artifacts.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        return decided.model_copy(update={"url": os.environ.get(SERVED)})
    except (OSError, yaml.YAMLError, ValidationError):
        rule = f"source toolchain takes what `make tools` wrote to {path}; there is nothing that can be read"
        raise ConfigError([Problem(key="kubernetes:binaries.source", rule=rule, way_out="make tools")]) from None
