"""The container runtimes that are offered, and a sentence for those that are not."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from components.config.problems import mistake

_NOT_OFFERED = {
    "rkt": "rkt has no Container Runtime Interface, which every kubelet needs, and was archived in 2020",
    "docker": "Docker Engine with cri-dockerd is not offered yet",
}


def _runtime(value: Any) -> Any:
    if isinstance(value, str) and value in _NOT_OFFERED:
        raise mistake(_NOT_OFFERED[value], "write containerd, or leave the setting out")
    return value


Runtime = Annotated[Literal["containerd"], BeforeValidator(_runtime)]
