"""Shows at the end of a run what became of all requests under load."""

from __future__ import annotations

import pytest

from tests.cluster.report import REPORT


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = list(REPORT.lines())
    if lines:
        terminalreporter.section("requests while something happened")
        for line in lines:
            terminalreporter.write_line(line)
