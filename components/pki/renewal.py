"""When certificates and tokens are renewed: a calendar that starts at the cluster's birth, kept in the stack's state.

The provider's own early renewal is not relied on (pulumi-tls issue 39: a signed certificate may ignore it). At each
`pulumi up` the number of whole renewal periods since the birth is computed; a new number replaces every key that Pulumi
made for a leaf certificate, and with the key its certificate.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pulumi
import pulumi_random as random


def period_number(birth: datetime, now: datetime, *, validity_hours: int, renew_before_hours: int) -> int:
    """How many renewals are due by `now`. A period ends `renew_before_hours` before its certificates do."""
    return max(0, (now - birth) // timedelta(hours=validity_hours - renew_before_hours))


class Renewal:
    """The calendar; `number` changes whenever leaf certificates are to be issued anew."""

    number: pulumi.Output[int]
    _birth: random.RandomId
    _now: datetime

    def __init__(self, *, validity_hours: int, renew_before_hours: int, opts: pulumi.ResourceOptions) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        # Its keepers hold the time of the first `up`: later ones are ignored, so the first stays.
        birth = random.RandomId(
            "birth",
            byte_length=4,
            keepers={"time": now.isoformat()},
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["keepers"])),
        )

        self._birth, self._now = birth, now
        self.number = self.periods(validity_hours=validity_hours, renew_before_hours=renew_before_hours)

    def periods(self, *, validity_hours: int, renew_before_hours: int) -> pulumi.Output[int]:
        """How many renewals are due by now, of what is valid for so long."""

        def number(keepers: Mapping[str, str] | None) -> int:
            born = datetime.fromisoformat(keepers["time"]) if keepers else self._now
            return period_number(born, self._now, validity_hours=validity_hours, renew_before_hours=renew_before_hours)

        return self._birth.keepers.apply(number)
