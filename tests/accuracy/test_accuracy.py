"""The accuracy guard: this version reads the guard's pages as well as it is recorded that it does.

`expected.json` holds the figures of every page, `golden/` the whole MusicXML of a few. If a test here fails, look at
what changed. If the change is for the worse, the program is broken; if it is meant and for the better, record it:
`python tests/accuracy/regenerate.py`. `comparison.py` says why a better figure fails as well.
"""

from __future__ import annotations

import difflib

import pytest

from omr.text.tesseract import installed
from tests.accuracy.comparison import MEAN, REMEDY, differences, means, read_expected
from tests.accuracy.pages import COMPARED_WHOLE, PAGES, GuardPage
from tests.accuracy.reading import Reading, canonical, read_all

MOST_LINES = 60
"""So many lines of a difference between two files are shown."""

pytestmark = pytest.mark.skipif(not installed(), reason="Tesseract is not installed")
by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest) -> dict[str, tuple[Reading, dict[str, float]]]:
    """Reading and figures of the pages that the chosen tests need, by name."""
    mine = [item for item in request.session.items if item.path == request.path]
    needed = {item.callspec.params["page"].name if hasattr(item, "callspec") else None for item in mine}
    chosen = [page for page in PAGES if None in needed or page.name in needed]
    return {page.name: (reading, figures) for page, reading, figures in read_all(chosen)}


@by_name
def test_a_page_is_read_as_well_as_recorded(page: GuardPage,
                                            results: dict[str, tuple[Reading, dict[str, float]]]) -> None:
    found = differences(page.name, read_expected()[page.name], results[page.name][1])
    if found:
        note = "compared with an earlier reading, not with the truth" if page.kind == "print" else ""
        pytest.fail("\n".join([*found, note, f"If this is meant: {REMEDY}"]), pytrace=False)


def test_all_pages_together_are_read_as_well_as_recorded(
    results: dict[str, tuple[Reading, dict[str, float]]],
) -> None:
    found = differences(MEAN, read_expected()[MEAN], means({name: figures for name, (_, figures) in results.items()}))
    if found:
        pytest.fail("\n".join([*found, f"If this is meant: {REMEDY}"]), pytrace=False)


@pytest.mark.parametrize("page", COMPARED_WHOLE, ids=lambda page: page.name)
def test_the_whole_file_is_as_recorded(page: GuardPage, results: dict[str, tuple[Reading, dict[str, float]]]) -> None:
    golden, found = page.golden.read_text(), canonical(results[page.name][0].musicxml)
    if golden != found:
        lines = list(difflib.unified_diff(golden.splitlines(), found.splitlines(), "recorded", "read now", lineterm=""))
        more = [f"... and {len(lines) - MOST_LINES} lines more"] if len(lines) > MOST_LINES else []
        pytest.fail("\n".join([page.name, *lines[:MOST_LINES], *more, f"If this is meant: {REMEDY}"]), pytrace=False)
