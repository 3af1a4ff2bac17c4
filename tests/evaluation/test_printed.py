"""Scores whose notes are not those that an engraver prints from them are told."""

from __future__ import annotations

import pytest

from evaluation.printed import unlike_its_print, unlike_measures

etree = pytest.importorskip("lxml.etree")

QUARTER_F_SHARP = ("<note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>4</duration>"
                   "{}<type>quarter</type>{}</note>")
BACK = "<backup><duration>4</duration></backup>"


def _score(*measures: str, fifths: int = 0) -> object:
    begin = f"<attributes><divisions>4</divisions><key><fifths>{fifths}</fifths></key></attributes>"
    inside = "".join(f"<measure number='{i}'>{begin if i == 1 else ''}{notes}</measure>"
                     for i, notes in enumerate(measures, 1))
    return etree.fromstring(f"<score-partwise><part id='P1'>{inside}</part></score-partwise>")


def _note(step: str, duration: int, kind: str, extra: str = "") -> str:
    return (f"<note><pitch><step>{step}</step><octave>4</octave></pitch><duration>{duration}</duration>"
            f"<type>{kind}</type>{extra}</note>")


def test_a_note_that_lasts_as_long_as_it_is_printed() -> None:
    triplet = "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>"
    assert unlike_its_print(_score(_note("G", 6, "quarter", "<dot/>"), _note("G", 1, "eighth", triplet))) is None


def test_a_note_that_is_shorter_than_it_is_printed() -> None:
    assert "measure 2: a note lasts 3/4 quarters" in str(
        unlike_its_print(_score(_note("G", 4, "quarter"), _note("G", 3, "quarter"))))


def test_a_sharp_that_is_left_to_the_reader() -> None:
    assert unlike_its_print(_score(QUARTER_F_SHARP.format("", ""))) == (
        "measure 1: a F is altered by 1 without an accidental")
    assert unlike_its_print(_score(_note("F", 4, "quarter"), fifths=1)) is not None


@pytest.mark.parametrize("score", [
    _score(QUARTER_F_SHARP.format("", ""), fifths=1),
    _score(QUARTER_F_SHARP.format("", "<accidental>sharp</accidental>") + QUARTER_F_SHARP.format("", "")),
    _score(QUARTER_F_SHARP.format("", "<accidental>sharp</accidental>"),
           QUARTER_F_SHARP.format("<tie type='stop'/>", "")),
], ids=["key", "earlier in the measure", "tied over the barline"])
def test_a_sharp_that_holds(score: object) -> None:
    assert unlike_its_print(score) is None


def test_accidentals_hold_in_the_order_of_time_not_of_the_file() -> None:
    sharp = "<forward><duration>4</duration></forward>" + QUARTER_F_SHARP.format("", "<accidental>sharp</accidental>")
    assert unlike_its_print(_score(sharp + BACK + BACK + _note("F", 4, "quarter"))) is None
    assert unlike_its_print(_score(QUARTER_F_SHARP.format("", "<accidental>sharp</accidental>") + _note(
        "F", 4, "quarter"))) is not None


def test_an_accidental_does_not_outlast_its_measure() -> None:
    sharp = QUARTER_F_SHARP.format("", "<accidental>sharp</accidental>")
    assert unlike_its_print(_score(sharp, QUARTER_F_SHARP.format("", ""))) is not None


def _two_parts(first: str, second: str) -> object:
    """Two measures of two parts, the first in 2/4, the second in 3/4; the second measure holds a quarter each."""
    last = f"<measure number='2'>{_note('G', 4, 'quarter')}</measure>"
    parts = [f"<part id='P{beats}'><measure number='1'><attributes><divisions>4</divisions><time><beats>{beats}</beats>"
             f"<beat-type>4</beat-type></time></attributes>{notes}</measure>{last}</part>"
             for beats, notes in ((2, first), (3, second))]
    return etree.fromstring(f"<score-partwise>{''.join(parts)}</score-partwise>")


def test_measures_that_cannot_be_printed_as_they_are_encoded() -> None:
    two, three = _note("G", 8, "half"), _note("G", 12, "half", "<dot/>")
    assert unlike_measures(_two_parts(two, three)) == {}
    assert "longer" in unlike_measures(_two_parts(two + _note("G", 2, "eighth"), three))[0]
    too_early = f"{two}<backup><duration>12</duration></backup>{_note('G', 4, 'quarter')}"
    assert "before" in unlike_measures(_two_parts(too_early, three))[0]
    assert list(unlike_measures(_score(_note("G", 4, "quarter"), _note("G", 3, "quarter")))) == [1]


def test_a_measure_that_is_long_in_all_parts_is_printed_so() -> None:
    assert unlike_measures(_two_parts(_note("G", 16, "whole"), _note("G", 16, "whole"))) == {}


def test_accidentals_count_only_where_the_engraver_prints_those_that_are_encoded() -> None:
    score = _score(QUARTER_F_SHARP.format("", ""))
    assert (list(unlike_measures(score)), unlike_measures(score, accidentals=False)) == ([0], {})
