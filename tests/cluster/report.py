"""What became of the requests of each load, for the table at the end of a test run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.cluster.load import Count, Load

HEAD = ("under load", "kind", "asked", "again", "failed", "longest gap", "lost")


@dataclass(kw_only=True)
class Report:
    """The rows so far."""

    rows: list[tuple[str, ...]] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """The table; nothing where no load ran."""
        if not self.rows:
            return
        table = [HEAD, *self.rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(HEAD))]
        for row in table:
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


REPORT = Report()


def note(load: Load, lost: list[str]) -> None:
    """Keep what became of a load that has ended; the row is called as the test that runs."""
    test = os.environ["PYTEST_CURRENT_TEST"].rpartition("::")[2].partition(" ")[0]
    event = test.removeprefix("test_").replace("_", " ")
    kinds = {"API reads": load.reads, "API writes": load.writes, "Service": load.service}
    for kind, count in kinds.items():
        if count.asked:
            REPORT.rows.append((event, kind, *_numbers(count), str(len(lost)) if count is load.writes else ""))


def _numbers(count: Count) -> tuple[str, ...]:
    return str(count.asked), str(count.tried_again), str(len(count.failed)), f"{count.longest_gap:.1f} s"
