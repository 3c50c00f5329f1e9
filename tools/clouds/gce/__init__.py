"""A stand-in for Google's cloud: the Compute API in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tools.clouds.gce.api import ComputeApi
from tools.clouds.gce.behind import act
from tools.clouds.gce.web import serve
from tools.clouds.gce.world import make_world
from tools.clouds.world import ControlPlane, World

PROJECT: Final = "kubernetes-in-a-box"
REGION: Final = "europe-west3"


class GoogleCloud:
    """One cloud, empty at first."""

    def __init__(self) -> None:
        self.api = ComputeApi()
        self.changed = self.api.changed

    def start(self, port: int) -> None:
        """Serves the Compute API on 127.0.0.1:port, in threads; raises OSError if the port is taken."""
        serve(self.api, port)

    def world(self) -> World:
        """What is asked for now."""
        with self.api.lock:
            self.api.keep()
            return make_world(self.api.objects)

    def act(self, action: str, target: str, size: int | None = None) -> None:
        """Does one of world.ACTIONS to the object of that id or name; raises ValueError if there is none."""
        with self.api.lock:
            act(self.api.objects, action, target, size)
        self.changed.set()

    def environment(self, port: int) -> Mapping[str, str]:
        """What a client needs. The access token is any text: it is asked for and not looked at."""
        return {
            "GOOGLE_COMPUTE_CUSTOM_ENDPOINT": f"http://127.0.0.1:{port}/compute/v1/",
            "GOOGLE_OAUTH_ACCESS_TOKEN": "stand-in",
            "GOOGLE_PROJECT": PROJECT,
            "GOOGLE_REGION": REGION,
            "GOOGLE_ZONE": f"{REGION}-a",
        }


def control_plane() -> ControlPlane:
    """A new cloud."""
    return GoogleCloud()
