"""`python -m tools.stack.verification STACK FOLDER`: a stack's outputs as the files that `tools/verify` works with."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class NoClusterError(Exception):
    """The stack has no outputs to verify a cluster with."""


def files(stack: str, outputs: Mapping[str, Any]) -> dict[str, str]:
    """File name → content: `kubeconfig`, `users` (as kube-apiserver reads them) and `settings` (shell variables).

    `outputs` are the stack's; "verification" names the nodes ("name=version …"), groups of nodes ("name=minimum …"),
    the policy engine, the image, the groups of each user who has a token, and whether machines' own addresses are
    reached from inside only. Raises NoClusterError where they are not there.
    """
    missing = [name for name in ("kubeconfig", "verification", "userTokens") if name not in outputs]
    if missing:
        raise NoClusterError(
            f"verify: expected the outputs kubeconfig, verification and userTokens of the stack {stack}; "
            f"{', '.join(missing)} not found. Next: make up STACK={stack}"
        )
    facts = outputs["verification"]
    settings = {
        "NODES": facts["nodes"],
        "GROUPS_OF_NODES": facts.get("groups", ""),
        "POLICY": facts["policy"],
        "IMAGE": facts["image"],
        "OUTSIDE": "yes" if facts.get("outside") else "",
    }
    return {
        "kubeconfig": outputs["kubeconfig"],
        "users": _users(outputs["userTokens"], facts["users"]),
        "settings": "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items()),
    }


def _users(tokens: Mapping[str, str], groups: Mapping[str, list[str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for user, token in tokens.items():
        writer.writerow([token, user, user, ",".join(groups[user])])
    return buffer.getvalue()


def main() -> int:
    """Write the files, readable by their owner alone."""
    stack, folder = sys.argv[1], Path(sys.argv[2])
    command = ["pulumi", "stack", "output", "--stack", stack, "--json", "--show-secrets"]
    outputs = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if outputs.returncode:
        return outputs.returncode
    try:
        contents = files(stack, json.loads(outputs.stdout))
    except NoClusterError as error:
        print(error, file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    for name, content in contents.items():
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
