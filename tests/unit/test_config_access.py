"""The API's endpoint, users, certificates."""

from typing import Any

import pytest

from tests.unit.config_support import changed, expect_one, problems, settings

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"api.port": 10250}, "api.port", "write 6443"),
    ({"api.port": 2379}, "api.port", "write 6443"),
    ({"api.port": 31000}, "api.port", "write 6443"),
    ({"api.extraNames": ["https://api"]}, "api.extraNames[0]", "without a port"),
    ({"api.extraNames": ["api.example.org", "1.2.3"]}, "api.extraNames[1]", "without a port"),
    ({"users": [{"name": "jane,x"}]}, "users[0].name", "like jane"),
    # Two colons separate the parts of a resource's name in Pulumi's state.
    ({"users": [{"name": "a::b"}]}, "users[0].name", "like jane"),
    ({"users": [{"name": ""}]}, "users[0].name", "like jane"),
    ({"users": [{"name": "x" * 65}]}, "users[0].name", "like jane"),
    ({"users": [{"name": "system:admin"}]}, "users[0].name", "choose another name"),
    ({"users": [{"name": "admin"}]}, "users[0].name", "choose another name"),
    ({"users": [{"name": "jane", "groups": ["system:masters"]}]}, "users[0].groups[0]", "clusterrolebinding"),
    (
        {"users": [{"name": "jane", "groups": ["dev", "system:nodes"], "credential": "token"}]},
        "users[0].groups[1]",
        "another name",
    ),
    ({"users": [{"name": "jane", "groups": ["dev", "ops"]}]}, "users[0].groups", "credential: token"),
    ({"users": [{"name": "jane", "groups": ['a"b']}]}, "users[0].groups[0]", "like jane"),
    ({"users": [{"name": "jane"}, {"name": "jane"}]}, "users[1].name", "one entry per user"),
    ({"users": [{"name": "jane", "credential": "password"}]}, "users[0].credential", "write certificate"),
    ({"users": [{"credential": "token"}]}, "users[0].name", "name: jane"),
    ({"certificates": {"validityHours": 720}}, "certificates.renewBeforeHours", "write 240"),
    ({"certificates": {"authorityValidityHours": 100}}, "certificates.authorityValidityHours", "write 87600"),
]


@pytest.mark.parametrize(("changes", "key", "way_out"), CASES, ids=lambda value: str(value)[:60])
def test_refused(changes: dict[str, Any], key: str, way_out: str) -> None:
    expect_one(problems(changed(settings(), changes)), key, way_out)


@pytest.mark.parametrize(
    "changes",
    [
        {"users": [{"name": "jane@example.org", "groups": ["team:dev"], "credential": "token"}, {"name": "j"}]},
        {"certificates": {"validityHours": 1, "renewBeforeHours": 0, "authorityValidityHours": 1}},
        {"api.port": 8443},
    ],
    ids=lambda value: str(value)[:60],
)
def test_taken(changes: dict[str, Any]) -> None:
    assert problems(changed(settings(), changes)) == ()


def test_the_entry_is_named_by_its_place_in_the_file() -> None:
    """Where an entry before it had to be left out, the key still says where to look."""
    found = problems(changed(settings(), {"users": [{"groups": []}, {"name": "jane"}, {"name": "system:x"}]}))
    assert [problem.key for problem in found] == ["kubernetes:users[0].name", "kubernetes:users[2].name"]
