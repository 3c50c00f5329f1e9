"""The pod network: mode, manifests and policy that fit each other."""

from collections.abc import Iterator

import yaml

from components.config.facts import Facts, refuse
from components.config.problems import Problem


def manifests(facts: Facts) -> Iterator[Problem]:
    """Mode `manifests` has files, the others have none; each is a file of Kubernetes objects on this computer."""
    network = facts.config.network
    if not facts.sound("network.mode", "network.manifests"):
        return
    if network.mode == "manifests" and not network.manifests:
        yield refuse(
            "network.manifests", "mode manifests needs the network's files", "add them, one a line, with a dash"
        )
    if network.mode != "manifests" and network.manifests:
        rule = f"mode {network.mode} needs no manifests"
        yield refuse("network.manifests", rule, "leave them out, or write mode: manifests", list(network.manifests))
        return
    for index, path in enumerate(network.manifests):
        key = f"network.manifests[{index}]"
        if str(path).startswith(("http:", "https:")):
            rule = "a file on this computer, so that a preview shows what is applied"
            yield refuse(key, rule, "download it, read it, and name the file", path)
            continue
        problem = _unreadable(facts, key, index)
        if problem:
            yield problem


def _unreadable(facts: Facts, key: str, index: int) -> Problem | None:
    path = facts.config.network.manifests[index]
    found = facts.resolve(path)
    try:
        documents = [document for document in yaml.safe_load_all(found.read_text(encoding="utf-8")) if document]
    except OSError as error:
        return refuse(key, f"the file {found} can be read ({error.strerror})", "correct the path", path)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return refuse(key, f"the file is YAML ({' '.join(str(error).split())})", "correct the file", path)
    if not documents or not all(isinstance(document, dict) and "kind" in document for document in documents):
        return refuse(key, "every document of the file is a Kubernetes object with a kind", "correct the file", path)
    return None


def policy(facts: Facts) -> Iterator[Problem]:
    """With mode `manifests`, NetworkPolicy is that network's own matter: Felix does not know its interfaces."""
    network = facts.config.network
    if facts.sound("network.mode", "network.policy") and network.mode == "manifests" and network.policy != "none":
        rule = "with mode manifests, NetworkPolicy is that network's own matter"
        yield refuse("network.policy", rule, "leave it out, or write none", network.policy)
