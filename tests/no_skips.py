"""A pytest plugin: a skipped test fails the run unless tests/skips.txt names it with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

LIST = Path("tests", "skips.txt")
REMEDY = f"provide what it needs, or list it in {LIST} with a reason"


def read_list(path: Path) -> frozenset[str]:
    """The tests that may be skipped; a line without a reason stops the run before it starts."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    entries = [line.partition("  # ") for line in lines if line.strip() and not line.startswith("#")]
    for test, _, reason in entries:
        if not reason.strip():
            raise pytest.UsageError(f"{LIST}: say why: '{test.strip()}  # <reason>'")
    return frozenset(test.strip() for test, _, _ in entries)


class NoSkips:
    """Notes every test, and every file, that did not run to a verdict."""

    def __init__(self, listed: frozenset[str]) -> None:
        self._listed = listed
        self._skipped: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self._skipped.add(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._skipped.add(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus == pytest.ExitCode.OK and self._skipped - self._listed:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for test in sorted(self._skipped - self._listed):
            terminalreporter.write_line(f"SKIPPED WITHOUT LEAVE {test}: {REMEDY}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    """Watch this run."""
    config.pluginmanager.register(NoSkips(read_list(config.rootpath / LIST)), "no-skips")
