"""The secrets of a stack, and texts that must not have them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

# Outputs that nobody but their user may know, by type.
SECRET_OUTPUTS = {
    "tls:index/privateKey:PrivateKey": ("privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8"),
    "random:index/randomPassword:RandomPassword": ("result",),
    "random:index/randomBytes:RandomBytes": ("base64", "hex"),
}
PUBLIC_OUTPUTS = ("publicKeyPem", "publicKeyOpenssh", "certPem", "certRequestPem")
# A shorter line may be anywhere by chance.
SHORTEST = 16


def secret_lines(state: dict[str, Any]) -> set[str]:
    """Every line of the keys and passwords in an exported state (`--show-secrets`), but for those that frame keys."""
    lines = set[str]()
    for resource in state["deployment"]["resources"]:
        for text in _texts([resource["outputs"][name] for name in SECRET_OUTPUTS.get(resource["type"], ())]):
            lines.update(line for line in text.splitlines() if len(line) >= SHORTEST and "-----" not in line)
    # The text of a private key holds the public one as well, which stands in certificates.
    public = "".join(
        text
        for resource in state["deployment"]["resources"]
        for name, value in resource.get("outputs", {}).items()
        if name in PUBLIC_OUTPUTS
        for text in _texts(value)
    )
    return {line for line in lines if line not in public}


def leaks(text: str, lines: set[str]) -> list[str]:
    """The lines of the text that hold one of those, cut short."""
    return [line[:80] for line in text.splitlines() if any(secret in line for secret in lines)]


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value of an exported state, where a secret stands as JSON in `plaintext`."""
    if isinstance(value, dict):
        yield from _texts(json.loads(value["plaintext"]) if "plaintext" in value else list(value.values()))
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, str):
        yield value
