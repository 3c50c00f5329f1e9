"""Kubeconfigs for people: everything inside, so that one file is enough."""

import base64

import yaml


def kubeconfig(*, cluster: str, server: str, authority: str, user: str, credential: dict[str, str]) -> str:
    """A kubeconfig in YAML; `credential` is a `token`, or PEM as `client-certificate-data` and `client-key-data`."""
    packed = {k: _base64(v) if k.endswith("-data") else v for k, v in credential.items()}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": cluster, "cluster": {"server": server, "certificate-authority-data": _base64(authority)}}
            ],
            "users": [{"name": f"{user}@{cluster}", "user": packed}],
            "contexts": [{"name": f"{user}@{cluster}", "context": {"cluster": cluster, "user": f"{user}@{cluster}"}}],
            "current-context": f"{user}@{cluster}",
        },
        sort_keys=False,
    )


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
