"""Where binaries and images come from."""

from typing import Any

import pytest

from tests.unit.config_support import LOCK, changed, expect_one, load, local_settings, problems, settings

MIRROR = "https://mirror.example.org/kubernetes"
REGISTRY = {"registry": "registry.example.org:5000/kubernetes", "username": "puller", "password": "x"}

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"binaries": {"source": "mirror"}}, "binaries.url", "url: https://mirror.example.org"),
    ({"binaries": {"source": "files"}}, "binaries.url", "url: file:///srv"),
    ({"binaries": {"url": MIRROR}}, "binaries.url", "source: mirror"),
    ({"binaries": {"source": "mirror", "url": MIRROR.replace("https", "http")}}, "binaries.url", f"write {MIRROR}"),
    ({"binaries": {"source": "mirror", "url": "http://203.0.113.7/"}}, "binaries.url", "write https://203.0.113.7/"),
    ({"binaries": {"source": "mirror", "url": "ftp://x"}}, "binaries.url", "https://mirror.example.org"),
    ({"binaries": {"source": "mirror", "url": "mirror.example.org"}}, "binaries.url", "https://mirror.example.org"),
    ({"binaries": {"source": "mirror", "url": f"{MIRROR}?a=b"}}, "binaries.url", "leave out what follows"),
    ({"binaries": {"source": "files", "url": MIRROR}}, "binaries.url", "file:///srv/kubernetes"),
    ({"binaries": {"source": "files", "url": "file://host/srv"}}, "binaries.url", "file:///srv/kubernetes"),
    ({"images": {"source": "toolchain"}}, "images.source", "source: registry"),
    ({"binaries": {"source": "toolchain", "lock": "x.yaml"}}, "binaries.lock", "leave it out"),
    (
        {"images": {**REGISTRY, "registry": "https://Registry.example.org/"}},
        "images.registry",
        "write registry.example.org",
    ),
    ({"images": {**REGISTRY, "source": "archives"}}, "images.registry", "source: registry"),
    ({"images": {"username": "x", "password": "y"}}, "images.username", "add images.registry"),
    (
        {"images": {"registry": "r.example.org", "username": "x"}},
        "images.password",
        "--secret --path kubernetes:images",
    ),
    ({"images": {"registry": "r.example.org", "password": "x"}}, "images.username", "add the user's name"),
]


@pytest.mark.parametrize(("changes", "key", "way_out"), CASES, ids=lambda value: str(value)[:60])
def test_refused(changes: dict[str, Any], key: str, way_out: str) -> None:
    expect_one(problems(changed(settings(), changes)), key, way_out)


def test_archives_that_the_lock_file_lacks() -> None:
    data = changed(settings(), {"images": {"source": "archives"}})
    assert problems(data) == ()
    without = LOCK.model_copy(update={"images": (LOCK.images[0].model_copy(update={"archives": {}}),)})
    found = problems(data, lock=without)
    expect_one(found, "images.source", "source: registry")
    assert "etcd" in found[0].rule


def test_a_url_with_a_password_is_refused_and_not_shown() -> None:
    url = "https://puller:geheim@mirror.example.org"
    found = problems(changed(settings(), {"binaries": {"source": "mirror", "url": url}}))
    expect_one(found, "binaries.url", "open the mirror")
    assert "geheim" not in str(found[0])


def test_a_plain_password_is_refused() -> None:
    found = problems(changed(settings(), {"images": REGISTRY}), secrets=("ssh",))
    expect_one(found, "images.password", "pulumi config set --secret --path kubernetes:images.password")


@pytest.mark.parametrize(
    "changes",
    [
        {"images": REGISTRY},
        {"images": {"registry": "10.0.0.5:5000"}},
        {"binaries": {"source": "mirror", "url": MIRROR}},
        # Inside the machines' own network; the sums of the lock file hold there as well.
        {"binaries": {"source": "mirror", "url": "http://10.80.0.5:8080/kubernetes"}},
        {"binaries": {"source": "files", "url": "file:///srv/kubernetes"}},
        {"binaries": {"source": "toolchain"}},
    ],
    ids=lambda value: str(value)[:60],
)
def test_taken(changes: dict[str, Any]) -> None:
    assert problems(changed(settings(), changes)) == ()


def test_the_default_source_follows_the_provider() -> None:
    local, metal = load(local_settings()), load(settings())
    assert (local.binaries.source, local.images.source) == ("toolchain", "toolchain")
    assert (metal.binaries.source, metal.images.source) == ("upstream", "registry")
    chosen = load(changed(local_settings(), {"binaries": {"source": "upstream"}}))
    assert (chosen.binaries.source, chosen.images.source) == ("upstream", "registry")
