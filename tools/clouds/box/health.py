"""Health checks of balancers: each target is asked from within its network, as the cloud's probes do."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

from tools.clouds.world import HealthCheck

from .namespace import Namespace


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One target of one balancer; a probe that differs in anything is another one, and begins anew."""

    balancer: str
    target: str
    """Instance id."""
    source: IPv4Address
    address: IPv4Address
    check: HealthCheck
    namespace: Namespace


class Prober:
    """Asks one target again and again, in a thread of its own."""

    def __init__(self, probe: Probe, changed: threading.Event) -> None:
        self.probe = probe
        self.healthy = False
        self.detail = "not asked yet"
        self._changed = changed
        self._stop = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()

    def _run(self) -> None:
        self.probe.namespace.enter()
        check, streak, last = self.probe.check, 0, False
        while not self._stop.is_set():
            self.detail = self._ask()
            good = self.detail == ""
            streak = streak + 1 if good == last else 1
            last = good
            needed = check.healthy if good else check.unhealthy
            if good != self.healthy and streak >= needed:
                self.healthy = good
                self._changed.set()
            self._stop.wait(check.interval)

    def _ask(self) -> str:
        """Nothing if the target is well, else what it lacks."""
        probe, check = self.probe, self.probe.check
        try:
            raw = socket.create_connection((str(probe.address), check.port), check.timeout, (str(probe.source), 0))
        except OSError as error:
            return f"no connection to port {check.port}: {error}"
        with raw:
            if check.protocol == "tcp":
                return ""
            try:
                return _ask_http(raw, check, str(probe.address))
            except (OSError, http.client.HTTPException) as error:
                return f"no answer from {check.protocol} port {check.port}{check.path}: {error}"


class Health:
    """The probers of one cloud."""

    def __init__(self, changed: threading.Event) -> None:
        self._changed = changed
        self._probers: dict[Probe, Prober] = {}

    def follow(self, probes: Iterable[Probe]) -> None:
        """Ask these, and no others."""
        wanted = set(probes)
        for probe in set(self._probers) - wanted:
            self._probers.pop(probe).stop()
        for probe in wanted - set(self._probers):
            self._probers[probe] = Prober(probe, self._changed)

    def verdicts(self) -> dict[tuple[str, str], tuple[bool, str]]:
        """(balancer, instance) → whether it is healthy, and what it lacks."""
        return {
            (probe.balancer, probe.target): (prober.healthy, prober.detail)
            for probe, prober in list(self._probers.items())
        }


def _ask_http(raw: socket.socket, check: HealthCheck, address: str) -> str:
    connection = http.client.HTTPConnection(address, check.port, timeout=check.timeout)
    if check.protocol == "https":
        # As in the clouds: a balancer does not know who signed.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        raw = context.wrap_socket(raw)
    connection.sock = raw
    with raw:
        connection.request("GET", check.path, headers={"Connection": "close"})
        status = connection.getresponse().status
    return "" if status == http.client.OK else f"{check.path} answers {status}"
