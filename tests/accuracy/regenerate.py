"""Records how well this version reads the guard's pages: `python tests/accuracy/regenerate.py`.

Reads all pages, prints which figures changed, and rewrites `expected.json` and the files in `golden/`. Run it after a
change that is meant to change readings, look at the differences (`git diff tests/accuracy`), and commit them with the
change. `--pages` first engraves and degrades the pages again (see `make_pages.py`), which is only needed for other
pages.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # the tree's packages, also those that are not installed

from tests.accuracy import comparison, pages, reading


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", action="store_true", help="first engrave and degrade the pages again")
    if parser.parse_args().pages:
        from tests.accuracy.make_pages import make_all

        make_all()
    for page in pages.PAGES:
        if page.truth == page.golden and not page.golden.exists():  # a new print begins with its first reading
            _record(page, reading.read(page))
    former = comparison.read_expected() if comparison.EXPECTED.exists() else {}
    figures = {}
    changed = []
    for page, read, found in reading.read_all(pages.PAGES):
        changed += _changes(former, page.name, found)
        if page.has_golden:
            _record(page, read)
            if page.truth == page.golden:  # from here on it is compared with this reading
                found = reading.measure(page, read)
        figures[page.name] = found
    changed += _changes(former, comparison.MEAN, comparison.means(figures))
    comparison.write_expected(figures)
    print("\n".join(changed) or "no figure changed by more than its tolerance")


def _changes(former: dict[str, dict[str, float]], name: str, found: dict[str, float]) -> list[str]:
    return comparison.differences(name, former[name], found) if name in former else [f"{name}: new"]


def _record(page: pages.GuardPage, read: reading.Reading) -> None:
    if not read.musicxml:
        raise SystemExit(f"{page.name}: nothing was read")
    page.golden.parent.mkdir(exist_ok=True)
    page.golden.write_text(reading.canonical(read.musicxml))


if __name__ == "__main__":
    main()
