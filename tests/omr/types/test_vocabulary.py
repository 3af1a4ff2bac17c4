"""The class table: what follows from a class's name."""

from __future__ import annotations

import typing

from omr.types import Box, Symbol
from omr.types.vocabulary import BY_NAME, CLASSES, SymbolKind


def test_every_kind_has_a_class_and_every_class_a_kind() -> None:
    assert {c.kind for c in CLASSES} == set(typing.get_args(SymbolKind))


def test_kinds_of_names_that_begin_alike() -> None:
    kinds = {name: BY_NAME[name].kind for name in ("accidentalParensLeft", "accidentalSharp", "gClef8vb", "repeatDot",
                                                   "repeat1Bar", "restHBar", "unpitchedPercussionClef1")}
    assert kinds == {"accidentalParensLeft": "parenthesis", "accidentalSharp": "accidental", "gClef8vb": "clef",
                     "repeatDot": "dot", "repeat1Bar": "repeat", "restHBar": "rest",
                     "unpitchedPercussionClef1": "clef"}


def test_digits_are_read_only_where_a_digit_is_printed() -> None:
    digits = {name: BY_NAME[name].digit for name in ("timeSig3", "tuplet0", "fingering5", "tremolo2", "rest8th",
                                                     "timeSigCommon", "flag16thUp", "unpitchedPercussionClef1")}
    assert digits == {"timeSig3": 3, "tuplet0": 0, "fingering5": 5, "tremolo2": 2, "rest8th": None,
                      "timeSigCommon": None, "flag16thUp": None, "unpitchedPercussionClef1": None}


def test_small_and_filled_heads() -> None:
    heads = {c.name: (c.is_small, c.is_filled) for c in CLASSES if c.kind == "notehead"}
    assert heads["noteheadBlackSmall"] == (True, True) and heads["noteheadHalfSmall"] == (True, False)
    assert heads["noteheadWhole"] == (False, False) and heads["noteheadSlashWhite"] == (False, False)
    assert heads["noteheadXBlack"] == (False, True) and not any(c.is_filled for c in CLASSES if c.kind != "notehead")


def test_a_symbol_knows_its_row() -> None:
    symbol = Symbol(0, "fingering2", Box(0, 0, 1, 1))
    assert symbol.kind == "fingering" and symbol.symbol_class.digit == 2
