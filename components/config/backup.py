"""Snapshots of etcd: when, how many, and where to."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt, StrictStr

from components.config.base import Settings
from components.config.problems import mistake
from components.config.ssh import HostKey
from components.config.values import Host, Port

NEVER = "never"
_WORD = "hourly|daily|weekly|monthly"
_DAYS = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)([,.-]+(Mon|Tue|Wed|Thu|Fri|Sat|Sun))*"
_DATE = r"[0-9*,./~]+-[0-9*,./~]+(-[0-9*,./~]+)?"
_TIME = r"[0-9*,./]+:[0-9*,./]+(:[0-9*,./]+)?"
_CALENDAR = re.compile(rf"({_WORD}|({_DAYS} )?({_DATE} )?{_TIME})( UTC)?")


_PLAIN = re.compile(r"[A-Za-z0-9._~/@-]+")


def _plain(value: str) -> str:
    if not _PLAIN.fullmatch(value) or value.startswith("-"):
        raise mistake("letters, digits and . _ ~ / @ -, no dash first", "choose another name")
    return value


def _schedule(value: str) -> str:
    if value != NEVER and not _CALENDAR.fullmatch(value):
        raise mistake(
            "a time of systemd's timers (man systemd.time, OnCalendar), or never",
            "write hourly, daily, or like *-*-* 03:00:00",
        )
    return value


class CopyTo(Settings):
    """A host that each snapshot is copied to, by SFTP. Nothing is ever deleted there."""

    host: Host = Field(description="Its DNS name or address, as control planes reach it.", examples=["192.0.2.7"])
    user: Annotated[StrictStr, AfterValidator(_plain)] = Field(
        description="The user there. Its authorized_keys has the stack's output `backupKey`.", examples=["backup"]
    )
    port: Port = Field(22, description="Its SSH port.")
    host_key: HostKey = Field(
        description="Its SSH host key, as type and base64 text in one line. It is always verified.",
        examples=["ecdsa-sha2-nistp256 AAAAE2Vj…"],
    )
    path: Annotated[StrictStr, AfterValidator(_plain)] = Field(
        ".",
        description="The folder there, which must exist; a relative one starts where SFTP does.",
        examples=["kubernetes/production"],
    )


class Backup(Settings):
    """Snapshots of etcd on every control plane, encrypted and verified (docs/backup.md)."""

    schedule: Annotated[StrictStr, AfterValidator(_schedule)] = Field(
        "*-*-* 00/6:00:00",
        description="When a snapshot is taken, as systemd writes times (OnCalendar), in the machine's time zone; "
        "`never`: only by `make backup`. Default: every six hours.",
        examples=["*-*-* 03:00:00"],
    )
    keep: Annotated[StrictInt, Field(ge=1, le=1000)] = Field(
        12, description="How many snapshots a control plane keeps."
    )
    max_age_days: Annotated[StrictInt, Field(ge=1)] = Field(
        14, description="Snapshots older than this many days are deleted; the newest one stays, however old it is."
    )
    copy_to: CopyTo | None = Field(None, description="A host that each snapshot is copied to, by SFTP. Default: none.")
