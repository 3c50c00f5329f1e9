"""How a change goes over machines that already run."""

from typing import Annotated

from pydantic import Field, StrictInt

from components.config.base import Settings


class Rollout(Settings):
    """How a change goes over machines that already run: control planes one by one, then nodes in batches."""

    max_unavailable: Annotated[StrictInt, Field(ge=1)] = Field(
        1, description="How many nodes are changed at the same time. Control planes are changed one at a time."
    )
    drain_timeout: Annotated[StrictInt, Field(ge=1)] = Field(
        300,
        description="How long a machine waits for its pods to leave before its kubelet or container runtime is "
        "replaced, in seconds. When the time is up nothing is replaced, and the pods that stayed are named.",
    )
