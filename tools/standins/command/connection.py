"""How to reach a machine: the inputs of a connection, and the same as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.standins.core.schema import Input, ObjectOf

_HOP: Mapping[str, Input] = {
    "agentSocketPath": Input(type="string"),
    "dialErrorLimit": Input(type="integer", default=10, minimum=-1),
    "host": Input(type="string", required=True),
    "hostKey": Input(type="string"),
    "password": Input(type="string"),
    "perDialTimeout": Input(type="integer", default=15, minimum=0),
    "port": Input(type="number", default=22),
    "privateKey": Input(type="string"),
    "privateKeyPassword": Input(type="string"),
    "user": Input(type="string", default="root"),
}
CONNECTION: Mapping[str, Input] = {**_HOP, "proxy": Input(type=ObjectOf(properties=_HOP))}


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One SSH connection.

    `tries`: the failed attempts that are borne, None for any number. `dial_seconds`: for one attempt, None for any.
    """

    host: str
    port: int
    user: str
    host_key: str | None
    password: str | None
    private_key: str | None
    private_key_password: str | None
    agent_socket: str | None
    tries: int | None
    dial_seconds: float | None

    @property
    def endpoint(self) -> str:
        """Host and port as Go writes them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def from_inputs(cls, inputs: Mapping[str, Any]) -> Hop:
        """The hop that checked inputs describe."""
        return cls(
            host=inputs["host"],
            port=int(inputs["port"]),
            user=inputs["user"],
            host_key=inputs.get("hostKey"),
            password=inputs.get("password"),
            private_key=inputs.get("privateKey"),
            private_key_password=inputs.get("privateKeyPassword"),
            agent_socket=inputs.get("agentSocketPath"),
            tries=None if inputs["dialErrorLimit"] < 0 else int(inputs["dialErrorLimit"]),
            dial_seconds=float(inputs["perDialTimeout"]) or None,
        )
