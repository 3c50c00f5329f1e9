"""Where binaries and images come from: settings that go together, and no plain HTTP across the internet."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address
from urllib.parse import urlsplit

from components.config.facts import Facts, refuse
from components.config.problems import Problem
from components.config.rules.ranges import PRIVATE

_REGISTRY = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")


def binaries(facts: Facts) -> Iterator[Problem]:
    """Sources `mirror` and `files` have a URL that fits; plain HTTP only leads to a private address."""
    chosen = facts.config.binaries
    if not facts.sound("binaries"):
        return
    if chosen.source == "toolchain" and chosen.lock is not None:
        rule = "source toolchain brings its own lock file"
        yield refuse("binaries.lock", rule, "leave it out, or choose another source", chosen.lock)
    if chosen.source in ("mirror", "files") and chosen.url is None:
        example = "https://mirror.example.org/kubernetes" if chosen.source == "mirror" else "file:///srv/kubernetes"
        yield refuse("binaries.url", f"source {chosen.source} needs a URL", f"add it, for example url: {example}")
    elif chosen.source not in ("mirror", "files") and chosen.url is not None:
        rule = f"source {chosen.source} has no URL of its own"
        yield refuse("binaries.url", rule, "leave it out, or write source: mirror", chosen.url)
    elif chosen.url is not None:
        yield from _url(facts, chosen.url, chosen.source)


def _url(facts: Facts, url: str, source: str) -> Iterator[Problem]:
    parts = urlsplit(url)
    if "@" in parts.netloc:
        # It would stand in previews, in the state and in the machines' process lists.
        yield refuse(
            "binaries.url", "a URL without a user and a password", "open the mirror to the machines' addresses"
        )
    elif parts.query or parts.fragment or re.search(r"\s", url):
        rule = "a base URL, to which /HOST/PATH is appended"
        yield refuse("binaries.url", rule, "leave out what follows the path, and blanks", url)
    elif source == "files":
        if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/"):
            rule = "source files takes a folder of the machines as a file:// URL"
            yield refuse("binaries.url", rule, "write it like file:///srv/kubernetes", url)
    elif parts.scheme == "http":
        if not _is_near(facts, parts.hostname):
            # What a machine installs is checked by sha256 from the lock file, so HTTP can't change it; but across the
            # internet it tells everyone on the way which versions run here.
            rule = "plain HTTP only to a private address (the sums of the lock file hold there as well)"
            yield refuse("binaries.url", rule, f"write {url.replace('http', 'https', 1)}", url)
    elif parts.scheme != "https" or not parts.hostname:
        yield refuse("binaries.url", "an https:// URL", "write it like https://mirror.example.org/kubernetes", url)


def _is_near(facts: Facts, host: str | None) -> bool:
    if facts.config.provider == "local":
        return True
    try:
        return any(IPv4Address(host or "") in network for network in PRIVATE)
    except AddressValueError:
        return False


def toolchain(facts: Facts) -> Iterator[Problem]:
    """The toolchain's images go with its binaries: both are in the lock file that it made."""
    config = facts.config
    if facts.sound("images", "binaries") and config.images.source == "toolchain" != config.binaries.source:
        rule = f"source toolchain needs the toolchain's lock file; binaries.source is {config.binaries.source}"
        yield refuse("images.source", rule, "write source: registry, or archives", "toolchain")


def images(facts: Facts) -> Iterator[Problem]:
    """A private registry, its user and its password belong together; the password is a Pulumi secret."""
    chosen = facts.config.images
    if not facts.sound("images"):
        return
    if chosen.registry is not None and chosen.source != "registry":
        rule = f"source {chosen.source} uses no registry"
        yield refuse("images.registry", rule, "leave it out, or write source: registry", chosen.registry)
    if chosen.registry is not None and not _REGISTRY.fullmatch(chosen.registry):
        rule = "HOST[:PORT][/PREFIX], without https:// and without a slash at the end"
        bare = re.sub(r"^[a-z]+://", "", chosen.registry).rstrip("/").lower()
        yield refuse("images.registry", rule, f"write {bare}", chosen.registry)
    if chosen.registry is None and (chosen.username is not None or chosen.password is not None):
        key = "images.username" if chosen.username is not None else "images.password"
        yield refuse(key, "only a private registry has a user", "add images.registry, or leave it out")
    set_password = "pulumi config set --secret --path kubernetes:images.password"
    if chosen.username is not None and chosen.password is None:
        yield refuse("images.password", "the user of a registry has a password, a Pulumi secret", set_password)
    if chosen.password is not None and chosen.username is None:
        yield refuse("images.username", "a password is somebody's", "add the user's name")
    if chosen.password is not None and "images" not in facts.secret_groups:
        rule = "a password is kept as a Pulumi secret; here it is plain text"
        yield refuse("images.password", rule, f"{set_password}; it was readable, so change it at the registry")


def archives(facts: Facts) -> Iterator[Problem]:
    """Archives are loaded only where the lock file has some."""
    if facts.lock is None or facts.config.images.source != "archives" or not facts.sound("images"):
        return
    without = sorted(image.name for image in facts.lock.images if not image.archives)
    if without:
        rule = f"the lock file has archives of all images; it has none of {', '.join(without)}"
        yield refuse("images.source", rule, "write source: registry, or take a lock file with archives", "archives")
