"""A skipped test is a failure in CI, unless it needs what is optional: `tests/conftest.py` and `tests/optional.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.optional import PACKAGES, PROGRAMS, may_skip, needs, reason

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
SKIPS = """
import pytest
from tests.optional import reason

@pytest.mark.skip(reason="by a mark")
def test_mark(): pass

@pytest.mark.skipif(True, reason="by a condition")
def test_condition(): pass

def test_itself():
    pytest.skip("in its middle")

def test_import():
    pytest.importorskip("no_such_module")

@pytest.fixture
def skips():
    pytest.skip("in a fixture")

def test_fixture(skips): pass

@pytest.mark.skipif(True, reason=reason("lilypond"))
def test_optional(): pass

@pytest.mark.xfail(reason="known to fail")
def test_known():
    assert False

def test_fine(): pass
"""
MODULE = 'import pytest\npytest.importorskip("no_such_module")\ndef test_never(): pass\n'


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Runs pytest on a module of tests, under this project's conftest, in CI or not."""
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text())

    def run(module: str, in_ci: bool) -> pytest.RunResult:
        if in_ci:
            monkeypatch.setenv("CI", "true")
        else:
            monkeypatch.delenv("CI", raising=False)
        pytester.makepyfile(module)
        return pytester.runpytest_inprocess("-rs", "-p", "no:cacheprovider")

    return run


def test_skips_fail_in_ci(run) -> None:
    result = run(SKIPS, in_ci=True)
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] + outcomes["errors"] == 5 and result.ret != 0
    assert (outcomes["passed"], outcomes["skipped"], outcomes["xfailed"]) == (1, 1, 1)
    result.stdout.fnmatch_lines(["*skipped in CI: by a mark*", "*tests/optional.py*"])


def test_skips_pass_at_the_desk(run) -> None:
    result = run(SKIPS, in_ci=False)
    assert result.ret == 0
    result.assert_outcomes(passed=1, skipped=6, xfailed=1)


def test_a_module_that_skips_itself_fails_in_ci(run) -> None:
    result = run(MODULE, in_ci=True)
    result.assert_outcomes(errors=1)
    assert result.ret != 0
    assert "no_such_module" in result.stdout.str()


def test_a_module_may_skip_itself_at_the_desk(run) -> None:
    run(MODULE, in_ci=False).assert_outcomes(skipped=1)


def test_only_what_is_listed_is_optional() -> None:
    assert all(may_skip(reason(name)) for name in PROGRAMS | PACKAGES)
    assert not may_skip("Tesseract is not installed")
    with pytest.raises(KeyError):
        needs("tesseract")


def test_what_ci_installs_is_not_optional() -> None:
    """The list and the script that installs everything else agree."""
    script = (ROOT / ".ci" / "run").read_text()
    dependencies = (ROOT / "setup.cfg").read_text().split("rivals =")[0]
    assert not [name for name in PROGRAMS | PACKAGES if name.removeprefix("m") in script or name in dependencies]
    assert "export CI=true" in script.split("pytest")[0]
