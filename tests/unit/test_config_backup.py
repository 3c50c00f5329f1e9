"""Snapshots: schedule, number, where copies go; and the word that repairs."""

from typing import Any

import pytest

from tests.unit.config_support import changed, expect_one, problems, settings

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGeVsxGLgmHWnVmTDWYHLpLiE4lOQXxd1Jm9vKO0lVpB"
TO: dict[str, Any] = {"host": "192.0.2.7", "user": "backup", "hostKey": KEY}

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"backup.schedule": "every day"}, "backup.schedule", "hourly, daily"),
    ({"backup.schedule": "0 3 * * *"}, "backup.schedule", "*-*-* 03:00:00"),
    ({"backup.schedule": "daily; reboot"}, "backup.schedule", "hourly"),
    ({"backup.keep": 0}, "backup.keep", "keep: 12"),
    ({"backup.maxAgeDays": 0}, "backup.maxAgeDays", "14"),
    ({"backup.copyTo": {**TO, "path": "a b"}}, "backup.copyTo.path", "another name"),
    ({"backup.copyTo": {**TO, "user": "-oProxyCommand=x"}}, "backup.copyTo.user", "another name"),
    ({"backup.copyTo": {"host": "h", "user": "u"}}, "backup.copyTo.hostKey", "hostKey"),
    ({"backup.copyTo": {**TO, "hostKey": "none"}}, "backup.copyTo.hostKey", "ssh-keyscan"),
    ({"repair": "it; now"}, "repair", "like 2026-11-28"),
    ({"extraFiles": [{"path": "/var/lib/etcd-snapshots/x", "content": ""}]}, "extraFiles[0].path", "elsewhere"),
]


@pytest.mark.parametrize(("changes", "key", "way_out"), CASES, ids=lambda value: str(value)[:60])
def test_refused(changes: dict[str, Any], key: str, way_out: str) -> None:
    expect_one(problems(changed(settings(), changes)), key, way_out)


@pytest.mark.parametrize(
    "changes",
    [
        *({"backup.schedule": text} for text in (
            "never", "hourly", "daily UTC", "*-*-* 03:00:00", "Mon..Fri *-*-* 00/4:30", "Sat,Sun 04:00", "*:0/15",
        )),
        {"backup.copyTo": {**TO, "path": "~/kubernetes/blue", "port": 2222}},
        {"repair": "2026-11-28T08.00.00"},
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_taken(changes: dict[str, Any]) -> None:
    assert problems(changed(settings(), changes)) == ()
