"""`python -m components.survey`: standard input is the survey's request in JSON (see `Access`)."""

import asyncio
import sys

from pydantic import ValidationError

from components.ssh import Access
from components.survey.gather import Unreached, gather
from components.survey.rules import Surveyed, refusals


def main() -> int:
    """Print a line per machine; 1 if one of them was refused."""
    try:
        request = Access.model_validate_json(sys.stdin.read())
    except ValidationError as error:
        print(f"survey: the request is not of the form it should have ({error.error_count()} places)", file=sys.stderr)
        return 2
    results = asyncio.run(gather(request))
    for result in results:
        print(result.line if isinstance(result, Unreached) else _line(result))
    refused = refusals([result for result in results if isinstance(result, Surveyed)])
    for refusal in refused:
        print(refusal, file=sys.stderr)
    return 1 if refused else 0


def _line(machine: Surveyed) -> str:
    facts = machine.facts
    return (
        f"{machine.name}: {facts['os']} {facts['os_version']}, {facts['arch']}, kernel {facts['kernel']}, "
        f"{facts['cpus']} CPUs, {facts['memory_mib']} MiB of memory"
    )


if __name__ == "__main__":
    sys.exit(main())
