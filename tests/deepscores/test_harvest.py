"""Scans as labels: what is known and what is not cover the page, and a page whose music agrees is labelled."""

import json
import shutil
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from deepscores.datasets import read
from deepscores.harvest import outside
from deepscores.pages import LabelledPage, write_pages
from omr.types import Box, Stroke

EXAMPLES = Path(__file__).parents[2] / "examples"
HEIGHT, WIDTH = 60, 80


@st.composite
def rows_of_boxes(draw: st.DrawFn) -> list[Box]:
    """Boxes in bands that do not overlap, as measures stand in their systems."""
    edges = sorted(draw(st.sets(st.integers(0, HEIGHT), min_size=2, max_size=6)))
    boxes = []
    for top, bottom in list(zip(edges, edges[1:], strict=False))[::2]:
        cols = sorted(draw(st.sets(st.integers(0, WIDTH), min_size=2, max_size=6)))
        boxes += [Box(top, left, bottom, right) for left, right in zip(cols, cols[1:], strict=False)
                  if draw(st.booleans())]
    return boxes


@given(rows_of_boxes())
def test_what_is_known_and_what_is_not_cover_the_page_once(known: list[Box]) -> None:
    covered = np.zeros((HEIGHT, WIDTH), int)
    for box in [*known, *outside(known, HEIGHT, WIDTH)]:
        covered[int(box.top):int(box.bottom), int(box.left):int(box.right)] += 1
    assert (covered == 1).all()


def test_kinds_that_nobody_marked_come_back(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    image = tmp_path / "images" / "a.png"
    image.write_bytes(b"")
    line = Stroke(0, "staffLine", ((30.0, 5.0), (30.0, 75.0)), 1.2)
    page = LabelledPage(image, 80, 60, 10.0, (), (line,), "a", unlabelled=frozenset({"slur", "text"}),
                        ignored=(Box(0, 0, 20, 30),))
    write_pages([page], tmp_path / "labels" / "a.json")
    again = next(iter(read(tmp_path)))
    assert {"slur", "text"} <= again.unlabelled and "stem" not in again.unlabelled
    assert again.ignored == page.ignored


def test_the_bundled_page_labels_itself(tmp_path: Path) -> None:
    """Half of its encoding is changed: those measures must not become labels."""
    from cli.deepscores.harvest import harvest

    scans = tmp_path / "scans"
    scans.mkdir()
    shutil.copy(EXAMPLES / "minuet.png", scans)
    lines = (EXAMPLES / "minuet.krn").read_text().splitlines()
    half = [i for i, line in enumerate(lines) if line.startswith("=")][16]
    wrong = [line if i < half or line[:1] in "*!=" else line.replace("d", "c") for i, line in enumerate(lines)]
    (scans / "minuet.krn").write_text("\n".join(wrong) + "\n")
    result = CliRunner().invoke(harvest, [str(scans), "-o", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    page = next(iter(read(tmp_path / "out")))
    heads = [s for s in page.symbols if s.name.startswith("notehead")]
    labelled = json.loads(next((tmp_path / "out" / "labels").glob("*.json")).read_text())
    assert labelled["images"][0]["unlabelled"] and page.ignored
    assert 40 < len(heads) < 160  # of 193: the measures that agree, and those only
    upper = sum(s.box.center[0] < page.height / 2 for s in heads)
    assert upper > 0.6 * len(heads)
