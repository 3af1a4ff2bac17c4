"""Property tests draw the same examples on every run; HYPOTHESIS_PROFILE=search looks for new ones, and longer.

A skipped test is a failure in CI (environment variable CI set): there everything that tests need is installed, and a
test that nobody runs guards nothing. What may be missing stands in `tests/optional.py`.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from tests.optional import may_skip

if "PYTEST_XDIST_WORKER" in os.environ:
    # Two processes share the cores: with a thread for every core in each, they would wait for one another.
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, "1")

# No deadlines: how long an example takes says more about what else the machine does than about the code.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

LONGEST_FIRST = (
    "review/test_page.py", "accuracy/test_accuracy.py", "models/test_training.py", "omr/library/test_library.py",
    "companions/test_pack.py", "companions/test_press.py", "omr/page/test_turns.py", "companions/test_faces.py",
    "models/test_backends.py", "models/test_distillation.py", "cli/test_scan.py", "cli/test_evaluate_formats.py",
    "companions/test_saliency.py", "companions/test_go.py", "companions/test_guard.py", "review/test_page_alike.py",
    "review/test_operations.py", "companions/test_classify.py", "omr/test_workers.py", "companions/test_swap.py",
    "models/test_serving.py", "omr/test_api.py", "review/test_incremental.py", "cli/test_evaluate_damage.py",
    "companions/test_broadsheet.py", "companions/test_write.py", "cli/test_same_bytes.py",
)
"""The files whose tests take longest, the longest first. Each of the two processes takes the next file when it is done
with one: what takes a minute must not be left for the end, when the other process has nothing to do any more."""

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in the order of their files, those of `LONGEST_FIRST` before all others."""
    folder = Path(__file__).parent
    ranks = {folder / name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tests that are skipped, or skip themselves."""
    return _without_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Modules that skip all their tests while they are imported."""
    return _without_skip((yield))


def _without_skip(report: Report) -> Report:
    """The report, as a failure if it is a skip that CI does not allow. A test that is expected to fail (xfail) and does
    is reported as skipped too, and stays what it is."""
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        why = why.removeprefix("Skipped: ")
        if not may_skip(why):
            report.outcome = "failed"
            report.longrepr = f"skipped in CI: {why}\nInstall it in .ci/run, or list it in tests/optional.py."
    return report
