"""What tests may be skipped for: programs and packages that CI does not install.

All else is installed by `.ci/run`, and a test that is skipped for any other reason fails in CI (`tests/conftest.py`).
"""

from __future__ import annotations

import importlib.util
import shutil

import pytest

PROGRAMS = {
    "mscore3": "MuseScore 3 is large, and only makes training pages; a drawing of its own is in tests/data/engraved",
    "lilypond": "LilyPond is large, and only makes training pages; a drawing of its own is in tests/data/engraved",
}
PACKAGES = {
    "torchvision": "it is large with PyTorch, and only `omr evaluate detectors` uses it (extra `rivals`)",
}
"""Name -> why CI goes without."""


def reason(name: str) -> str:
    """Why a test that needs `name` is skipped. Raises KeyError if it is not optional."""
    return f"{name} is not installed: {(PROGRAMS | PACKAGES)[name]}"


def needs(name: str) -> pytest.MarkDecorator:
    """A mark that skips a test where an optional program or package is not installed. Raises KeyError as `reason`."""
    found = shutil.which(name) if name in PROGRAMS else importlib.util.find_spec(name)
    return pytest.mark.skipif(found is None, reason=reason(name))


def may_skip(why: str) -> bool:
    """Whether a test may be skipped for this reason in CI too."""
    return why in {reason(name) for name in PROGRAMS | PACKAGES}
