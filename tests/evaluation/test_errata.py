"""Measures in which a truth is known to differ from its page count neither as right nor as wrong."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from cli.main import main
from evaluation import errata, exact, notes
from evaluation.errata import LIST, NONE, Errata
from evaluation.matching import REST, match
from evaluation.sidebyside import WRONG
from evaluation.sure import Staves, judge

KERN = "**kern\n*M2/4\n=1\n4c\n4d\n=2\n4e\n4f\n=3\n4g\n4a\n==\n*-\n"


def bar(*pitches: int) -> Counter[tuple[Fraction, int, Fraction]]:
    return Counter((Fraction(i), p, Fraction(1)) for i, p in enumerate(pitches))


MUSIC = [bar(60 + i, 62 + i, 64 + i, 65 + i) for i in range(6)]


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A truth of three measures, the second of which is listed."""
    truth = tmp_path / "a.krn"
    truth.write_text(KERN)
    sha256 = hashlib.sha256(truth.read_bytes()).hexdigest()
    known = {"a.krn": {"sha256": sha256, "differs": [
        {"measure": 2, "barline": "2", "printed": "F sharp", "encoded": "F"}]}}
    (tmp_path / "errata.json").write_text(json.dumps(known))
    monkeypatch.setattr(errata, "LIST", tmp_path / "errata.json")
    return truth


def test_a_truth_is_known_by_its_content(listed: Path) -> None:
    assert errata.of_file(listed) == Errata(frozenset({1}))
    same = listed.with_name("b.krn")
    same.write_text(KERN)
    assert errata.of_file(same) == Errata(frozenset({1}))
    listed.write_text(KERN.replace("4f", "4f#"))  # somebody has mended it
    assert errata.of_file(listed) == NONE
    assert errata.of_file(listed.with_name("none.krn")) == NONE


def test_a_measure_that_differs_is_neither_right_nor_wrong() -> None:
    read = [*MUSIC]
    read[2] = bar(62, 64, 66, 40)
    read[4] = bar(64, 66, 68, 40)
    matching = match(MUSIC, read)
    kept, apart = errata.counted(matching, matching.pairs, Errata(frozenset({2})))
    assert apart == 1
    figures = notes.figures(MUSIC, read, kept) | exact.figures(MUSIC, read, kept)
    assert (figures["true_notes"], figures["estimated_notes"], figures["right_notes"]) == (20, 20, 19)
    assert (figures["exact_measures"], figures["exact_share"]) == (4, 0.8)
    verdict = judge(Staves(MUSIC), Staves(read), [1], False, Errata(frozenset({2})))
    assert verdict.measures == {0: True, 1: True, 3: True, 4: False, 5: True}
    assert set(verdict.of_parts) == {(0, j) for j in verdict.measures} and verdict.differing == 1


def test_one_that_was_read_like_the_truth_is_left_out_too() -> None:
    matching = match(MUSIC, MUSIC)
    kept, _ = errata.counted(matching, matching.pairs, Errata(frozenset({0, 5})))
    assert exact.figures(MUSIC, MUSIC, kept) == {"exact_measures": 4, "exact_share": 1.0}
    verdict = judge(Staves(MUSIC), Staves(MUSIC), [1], False, Errata(frozenset({0, 5})))
    assert set(verdict.measures) == {1, 2, 3, 4} and verdict.differing == 2


def test_one_that_was_not_read_is_not_missed() -> None:
    read = [*MUSIC[:2], *MUSIC[3:]]
    matching = match(MUSIC, read)
    kept, apart = errata.counted(matching, matching.pairs, Errata(frozenset({2})))
    assert apart == 1 and notes.figures(MUSIC, read, kept)["note_f1"] == 1
    verdict = judge(Staves(MUSIC), Staves(read), [1], False, Errata(frozenset({2})))
    assert all(verdict.measures.values()) and (verdict.missed, verdict.differing) == (0, 0)


def test_silent_measures_are_left_out_with_their_partners() -> None:
    silence = Counter({(Fraction(0), REST, Fraction(4)): 1})
    other = Counter({(Fraction(0), REST, Fraction(4)): 1, (Fraction(0), REST, Fraction(1)): 1})
    true, read = [MUSIC[0], silence, MUSIC[1]], [MUSIC[0], other, MUSIC[1]]
    matching = match(notes.without_rests(true), notes.without_rests(read))
    kept, apart = errata.counted(matching, tuple(exact.pair_all(true, read, matching)), Errata(frozenset({1})))
    assert apart == 1 and kept.estimated == (0, 2)
    assert judge(Staves(true), Staves(read), [1], False, Errata(frozenset({1}))).measures == {0: True, 2: True}


def test_what_the_page_has_more_does_not_count_as_invented() -> None:
    more = bar(20, 21, 22, 23)
    read = [more, *MUSIC[:3], more, *MUSIC[3:]]
    matching = match(MUSIC, read)
    assert notes.figures(MUSIC, read, matching)["estimated_notes"] == 32
    kept, apart = errata.counted(matching, matching.pairs, Errata(behind=frozenset({2})))
    assert apart == 0 and notes.figures(MUSIC, read, kept)["estimated_notes"] == 28
    verdict = judge(Staves(MUSIC), Staves(read), [1], False, Errata(behind=frozenset({-1, 2})))
    assert all(verdict.measures.values()) and len(verdict.measures) == 6 and verdict.differing == 2


def test_the_commands_leave_out_what_is_listed(listed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read = listed.with_name("read.krn")
    read.write_text(KERN.replace("4f", "4f#").replace("4a", "4b"))
    report = listed.with_name("report.html")
    assert main(["evaluate", "scan", str(listed), str(read), "--no-ned", "--list", "--html", str(report)]) == 0
    line, difference, told, *_ = capsys.readouterr().out.splitlines()
    red = report.read_text().count(WRONG)
    assert "notes 3 of 4" in line and "measures right 0.500" in line
    assert difference == "  measure 3: missed A4@1x1; read B4@1x1"
    assert told.startswith("1 measures left out, in which the truth is known to differ from the page")
    everything = ["--encodings-as-they-are", "--html", str(report)]
    assert main(["evaluate", "scan", str(listed), str(read), "--no-ned", *everything]) == 0
    printed = capsys.readouterr().out
    assert 0 < red < report.read_text().count(WRONG)
    assert "notes 4 of 6" in printed and "measures right 0.333" in printed and "left out" not in printed


def test_a_truth_that_differs_everywhere_is_no_truth(
    listed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = json.loads(errata.LIST.read_text())
    known["a.krn"]["differs"] = [{"measure": n, "barline": str(n), "printed": "", "encoded": ""} for n in (1, 2, 3)]
    other = errata.LIST.with_name("other.json")
    other.write_text(json.dumps(known))
    monkeypatch.setattr(errata, "LIST", other)
    assert main(["evaluate", "scan", str(listed), str(listed), "--no-ned"]) == 9
    assert "a: left out, since its truth differs from its page in every measure" in capsys.readouterr().err


def test_the_list_is_in_order() -> None:
    known = json.loads(LIST.read_text(encoding="utf-8"))
    assert list(known) == sorted(known)
    for name, entry in known.items():
        assert set(entry) == {"sha256", "differs"} and len(entry["sha256"]) == 64, name
        places = [e.get("measure", e.get("more")) for e in entry["differs"]]
        assert places == sorted(places) and len(set(places)) == len(places), name
        for each in entry["differs"]:
            assert {"barline", "printed", "encoded"} < set(each) and each["printed"] != each["encoded"], (name, each)
