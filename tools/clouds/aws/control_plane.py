"""AWS as the daemon and the tests use it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

from tools.clouds.aws import catalogue

catalogue.configure_moto()  # moto reads its settings when it is imported

# ruff: noqa: E402
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

from tools.clouds.aws import actions, identity
from tools.clouds.aws.quotas import Quotas
from tools.clouds.aws.server import Api, serve
from tools.clouds.aws.view import world
from tools.clouds.world import World

REGION: Final = "eu-central-1"


class AwsControlPlane:
    """See tools.clouds.world.ControlPlane."""

    def __init__(self, quotas: Quotas) -> None:
        BackendDict.reset()
        reset_model_data()
        self.changed = threading.Event()
        self._lock = threading.RLock()
        self._api = Api(quotas, self._lock, self.changed)

    def start(self, port: int) -> None:
        """Serve the API on 127.0.0.1:port, in threads. Raises OSError if the port is taken."""
        self._server = serve(self._api, port)

    def stop(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()

    def world(self) -> World:
        """What is asked for now."""
        with self._lock:
            self._api.keep()
            return world()

    def act(self, action: str, target: str, size: int | None = None) -> None:
        """Do one of ACTIONS to what has that ID or name. Raises ValueError, with what there is, if there is none."""
        with self._lock:
            actions.act(action, target, size)
        self.changed.set()

    def environment(self, port: int) -> Mapping[str, str]:
        """The variables of AWS's own tools. A region in the program's configuration goes before this one."""
        return {
            "AWS_ACCESS_KEY_ID": identity.ADMINISTRATOR_KEY,
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            # No client looks for credentials at the metadata address of a cloud that it does not run in.
            "AWS_EC2_METADATA_DISABLED": "true",
        }
