"""Chord symbols such as "C", "F#m7" and "Bb/D", over the notes of lead sheets. On drawn pages they may also stand
below.

Single letters may also be words. So words are taken for chord symbols only if a page has several of them over the upper
staff of an instrument, in lines where most words can be read as chord symbols.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from omr.text.places import staff_below
from omr.types import Fretboard, NotationGraph, Staff, Word

KINDS: dict[str, str] = {
    "": "major", "m": "minor", "maj": "major", "5": "power", "6": "major-sixth", "m6": "minor-sixth",
    "69": "major-sixth", "m69": "minor-sixth", "7": "dominant", "m7": "minor-seventh", "maj7": "major-seventh",
    "mmaj7": "major-minor", "9": "dominant-ninth", "m9": "minor-ninth", "maj9": "major-ninth", "11": "dominant-11th",
    "m11": "minor-11th", "maj11": "major-11th", "13": "dominant-13th", "m13": "minor-13th", "maj13": "major-13th",
    "dim": "diminished", "dim7": "diminished-seventh", "ø": "half-diminished", "ø7": "half-diminished",
    "aug": "augmented", "aug5": "augmented", "aug7": "augmented-seventh", "sus": "suspended-fourth",
    "sus4": "suspended-fourth", "sus2": "suspended-second", "7sus": "suspended-fourth", "7sus4": "suspended-fourth",
    "9sus": "suspended-fourth", "9sus4": "suspended-fourth", "alt": "dominant", "7alt": "dominant",
}
"""What is printed after a root, in one spelling -> MusicXML's `kind`."""
LACKING: dict[str, tuple[int, ...]] = {
    "69": (9,), "m69": (9,), "7sus": (7,), "7sus4": (7,), "9sus": (7, 9), "9sus4": (7, 9),
}
"""What is printed after a root -> degrees that it names, but MusicXML's kind lacks. They are added to the kind."""
_ALTER = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
"""A printed accidental -> alteration in semitones."""
_SYMBOL = re.compile(r"([A-G])([#♯b♭]?)([^/\s]*(?:6/9)?)(?:/([A-G])([#♯b♭]?))?")
"""Groups: root, its accidental, what follows, bass, its accidental."""
_SUFFIX = re.compile(
    r"(?P<m>MIN|Min|min|Mi|mi|m|[-−–])?(?:(?P<maj>MAJ|Maj|maj|Ma|ma|M|j)|(?P<triangle>[Δ△∆]))?"
    r"(?:(?P<dim>dim|[°ºo])|(?P<half>[øØ∅])|(?P<aug>aug|\+))?"
    r"(?P<number>6/?9|5|6|7alt|7|9|11|13|alt)?(?P<sus>sus[24]?)?(?P<degrees>(?:(?:add|[#♯b♭+−-])\d{1,2})*)")
"""What may follow a root, without brackets and commas: "-7b5", "maj7#11", "7sus4", "add9". A sign belongs to the kind
rather than to a degree: "-7b5" is minor with a flat fifth, not a major chord with a flat seventh."""
_DEGREE = re.compile(r"(add|[#♯b♭+−-])(\d{1,2})")
_DEGREE_ALTER = {"add": 0, "#": 1, "♯": 1, "+": 1, "b": -1, "♭": -1, "-": -1, "−": -1}
"""What stands before an altered or added degree -> its alteration in semitones."""
DEGREES = range(2, 14)
"""The degrees of a chord that can be altered or added."""
FIFTH = 5
"""The degree of a chord that is its fifth."""
FLAT_FIFTH = (FIFTH, -1)
"""With this alteration, a minor seventh chord has a name of its own (half-diminished)."""
_PART = r"(?:ma[jx]?|min?|aug|dim|sus|add|alt|omit|no|m|o|[°øΔ△^+,/()#♯b♭♮-]|\d{1,2}|(?<=/)[A-G])"
_LIKE_CHORD = re.compile(rf"[A-G](?:{_PART})*", re.IGNORECASE)
"""What is written like a chord symbol (though it may not be one): a root, and any of the parts that follow roots."""
_SURELY = re.compile(r"[\d♯♭#°øΔ△+(]")
"""Numbers and signs. A word that is written like a chord symbol and has one of these is not a syllable."""
LOOKALIKES = str.maketrans("¢©€", "CCC")
"""What Tesseract reads instead of a C in some fonts. Used where hardly anything but a chord symbol can stand."""
_MISREAD_FOUR = re.compile(r"(?<=sus)[dtäC+]")
"""What Tesseract reads instead of the 4 of "sus4" in some fonts."""
LEAST_CHORDS = 3
"""Fewest chord symbols on a page that has any. One or two capital letters are more likely words or rehearsal marks."""
LEAST_CHORD_SHARE = 0.6
"""Least share of the words of a line that must read as chord symbols, so that text is not taken for them."""
SURE_SHARE = 0.5
"""Least share of the words of a line that must have numbers or signs. Letters alone might be sung."""
SAME_LINE_SPACES = 1.2
"""Words stand in one line if their middles differ by less than this in height, in staff spaces. Chord symbols are only
roughly in line. A rule of thumb."""
CHORD_HEIGHT_SPACES = 8.0
"""Greatest height of a chord symbol over the top line of its staff, in staff spaces. Rule of thumb."""
DIAGRAM_HEIGHT_SPACES, DIAGRAM_ASIDE_SPACES = 4.0, 1.5
"""Greatest vertical distance of a chord symbol from its diagram, and greatest sideways distance of its middle from the
diagram, in staff spaces. In two programs, diagrams are 1.4 to 2 below the symbol, with signs over the strings in
between."""
ONE_LETTER, TWO_APART = 1.3, 4.0
"""What Tesseract reads as one word is a single letter if it is at most `ONE_LETTER` times as wide as a usual letter. It
is two letters of two chord symbols if it is at least `TWO_APART` times as wide. "Am" is twice as wide."""
_EDGES = " ,.;|"
"""Specks and barlines that may be read at the ends of a chord symbol."""


@dataclass(frozen=True, kw_only=True)
class ChordName:
    """A chord symbol.

    step, alter: the root, A-G, and its alteration in semitones.
    kind: MusicXML's kind.
    suffix: the kind as it is printed.
    bass_step, bass_alter: the same for the bass, "" and 0 without one.
    degrees: altered or added degrees, each with its alteration in semitones.
    """

    step: str
    alter: int
    kind: str
    suffix: str = ""
    bass_step: str = ""
    bass_alter: int = 0
    degrees: tuple[tuple[int, int], ...] = ()


def chord_name(text: str) -> ChordName | None:
    """The chord symbol that a word can be read as; None if it cannot."""
    found = _SYMBOL.fullmatch(_MISREAD_FOUR.sub("4", text.translate(LOOKALIKES).strip(_EDGES)))
    if found is None:
        return None
    meant = _kind(found[3])
    if meant is None:
        return None
    kind, degrees = meant
    return ChordName(step=found[1], alter=_ALTER[found[2]], kind=kind, suffix=found[3], degrees=degrees,
                     bass_step=found[4] or "", bass_alter=_ALTER[found[5] or ""])


def like_chord(text: str) -> bool:
    """Whether a word is written like a chord symbol, even if `chord_name` does not know it."""
    return text[:1].isupper() and _LIKE_CHORD.fullmatch(text) is not None


def _kind(suffix: str) -> tuple[str, tuple[tuple[int, int], ...]] | None:
    """MusicXML's kind of what is printed after a root, and the degrees that are altered or added; None if it is no
    kind."""
    found = _SUFFIX.fullmatch(re.sub(r"[(),\[\]]", "", suffix))
    if found is None:
        return None
    number = (found["number"] or "").replace("/", "")
    spelt = "".join(name for name in ("m", "maj", "dim", "half", "aug") if found[name]).replace("half", "ø")
    if found["triangle"]:
        spelt, number = spelt + "maj", number or "7"  # a triangle alone means a major seventh
    spelt += number + (found["sus"] or "")
    kind = KINDS.get(spelt)
    degrees = [(degree, 0) for degree in LACKING.get(spelt, ())]
    degrees += [(int(number), _DEGREE_ALTER[sign]) for sign, number in _DEGREE.findall(found["degrees"])]
    if kind is None or any(degree not in DEGREES for degree, _ in degrees):
        return None
    if kind == "minor-seventh" and FLAT_FIFTH in degrees:
        degrees.remove(FLAT_FIFTH)
        kind = "half-diminished"
    return kind, tuple(degrees)


def _is_chord(text: str) -> bool:
    """Whether a word is a chord symbol, or surely one that `chord_name` does not know."""
    return chord_name(text) is not None or like_chord(text) and _SURELY.search(text) is not None


def may_be_chord(text: str) -> bool:
    """Whether a word is a chord symbol, or may be one whose accidental Tesseract read as something else: "A:7" or "Fim"
    on a noisy page. Which accidental it was cannot be told. Two letters such as "Da" are more likely a word."""
    text = text.translate(LOOKALIKES).strip(_EDGES)
    is_word = len(text) == 2 and text[1].islower()
    return _is_chord(text) or len(text) > 1 and not is_word and chord_name(text[0] + text[2:]) is not None


def are_mostly_chords(texts: Sequence[str]) -> bool:
    """Whether most words of a line may be chord symbols. Misread ones count if some are read without doubt."""
    known = sum(chord_name(text) is not None for text in texts)
    likely = sum(map(may_be_chord, texts)) if known >= LEAST_CHORDS else known
    return likely >= LEAST_CHORD_SHARE * len(texts)


def find_chord_names(graph: NotationGraph, used: Collection[int]) -> dict[int, int]:
    """The chord symbols of a page: index of the word -> index of the staff below, or of the staff above for words under
    the systems. used: indices of lyrics."""
    return {i: staff for i, staff in _find(graph, used).items() if chord_name(graph.words[i].text) is not None}


def unknown_chord_names(graph: NotationGraph, used: Collection[int]) -> dict[int, int]:
    """The same for words that stand and look like chord symbols, but that `chord_name` does not know."""
    return {i: staff for i, staff in _find(graph, used).items() if chord_name(graph.words[i].text) is None}


def _find(graph: NotationGraph, used: Collection[int]) -> dict[int, int]:
    words_over: dict[int, list[int]] = defaultdict(list)
    for i, word in enumerate(graph.words):
        if i not in used and re.search(r"\w", word.text):
            staff = staff_below(graph, word.box, _height(graph, word))
            if staff is not None:
                words_over[staff.index].append(i)
    candidates = {i: staff for staff, words in words_over.items() for i in words}
    chords: dict[int, int] = {}
    doubtful: list[list[int]] = []
    for line in _lines(graph, candidates):
        found = [i for i in line if _is_chord(graph.words[i].text)]
        if not graph.exact and are_mostly_chords([graph.words[i].text for i in line]):
            found = [i for i in line if may_be_chord(graph.words[i].text)]
        if not _are_over(graph, [graph.words[i] for i in line], graph.staves[candidates[line[0]]]):
            continue
        if len(found) >= LEAST_CHORD_SHARE * len(line):
            chords |= {i: candidates[i] for i in found}
        elif len(found) >= LEAST_CHORDS:
            doubtful.append(found)
    under = _under(graph, used) if graph.exact else {}
    if under and not any(staff in graph.systems[0].staves for staff in chords.values()):
        return under
    if len(chords) < LEAST_CHORDS:
        return {}
    # On a page with chord symbols, some of them may stand in line with a name at the head of the page.
    return chords | {i: candidates[i] for found in doubtful for i in found}


def _under(graph: NotationGraph, used: Collection[int]) -> dict[int, int]:
    """The chord symbols under the systems of a page, with the staff above each. Those under the last system have no
    staff below. Empty if the page has none there."""
    lowest = [system.staves[-1] for system in graph.systems]
    staff_of: dict[int, int] = {}
    for i, word in enumerate(graph.words):
        row, col = word.box.center
        above = [s for s in graph.staves if s.left <= col <= s.right and s.row(-4, col) < row]
        nearest = max(above, key=lambda s: s.row(-4, col), default=None)
        if i not in used and nearest is not None and nearest.index in lowest and re.search(
                r"\w", word.text) and row - nearest.row(-4, col) < CHORD_HEIGHT_SPACES * nearest.space_px:
            staff_of[i] = nearest.index
    chords: dict[int, int] = {}
    for line in _lines(graph, staff_of):
        found = [i for i in line if _is_chord(graph.words[i].text)]
        if len(found) >= max(LEAST_CHORD_SHARE * len(line), LEAST_CHORDS):
            chords |= {i: staff_of[i] for i in found}
    return chords if lowest and lowest[-1] in chords.values() else {}


def chord_line_words(graph: NotationGraph) -> set[int]:
    """Indices of all words in lines of chord symbols, whether they can be read as chord symbols or not."""
    rows = [graph.words[i].box.center[0] for i in _find(graph, ())]
    return {i for i, word in enumerate(graph.words)
            if any(abs(row - word.box.center[0]) < SAME_LINE_SPACES * graph.space_px for row in rows)}


def with_chord_letters(graph: NotationGraph) -> NotationGraph:
    """Correct the words in lines of chord symbols on a scan that Tesseract typically misreads: a single letter read as
    "c", a single letter read as two ("Fr"), although it is only as wide as one, and two letters far apart read as one
    word ("CF")."""
    chords = chord_line_words(graph)
    single = [graph.words[i].box.width for i in _find(graph, ()) if len(graph.words[i].text) == 1]
    if not single:
        return graph
    letter = float(np.median(single))
    words: list[Word] = []
    for i, word in enumerate(graph.words):
        words += _letters_of(word, letter) if i in chords else [word]
    return replace(graph, words=tuple(words))


def _letters_of(word: Word, width: float) -> list[Word]:
    """What a word in a line of chord symbols really is. width: of one letter, in pixels."""
    text, box = word.text.strip(_EDGES), word.box
    if re.fullmatch("c|[A-Gc][a-z]", text) and box.width < ONE_LETTER * width:
        return [replace(word, text=text[0].upper())]
    if re.fullmatch("[A-G]{2}", text) and box.width > TWO_APART * width:
        return [replace(word, text=text[0], box=replace(box, right=box.left + width)),
                replace(word, text=text[1], box=replace(box, left=box.right - width))]
    return [word]


def diagram_of(graph: NotationGraph, word: Word) -> Fretboard | None:
    """The chord diagram under or over a chord symbol; None if there is none."""
    space = graph.space_px
    near = [board for board in graph.fretboards
            if max(board.box.top - word.box.bottom, word.box.top - board.box.bottom) < DIAGRAM_HEIGHT_SPACES * space
            and board.box.left - DIAGRAM_ASIDE_SPACES * space < word.box.center[1]
            < board.box.right + DIAGRAM_ASIDE_SPACES * space]
    return min(near, key=lambda board: abs(board.box.center[1] - word.box.center[1]), default=None)


def _height(graph: NotationGraph, word: Word) -> float:
    """How high over its staff a word may stand to be a chord symbol, in staff spaces. It may be higher if a chord
    diagram is under it."""
    board = diagram_of(graph, word)
    return CHORD_HEIGHT_SPACES if board is None else (
        CHORD_HEIGHT_SPACES + board.box.height / graph.space_px + DIAGRAM_HEIGHT_SPACES)


def are_sure(words: Sequence[Word]) -> bool:
    """Whether words are surely chord symbols: at least half of them have numbers or signs."""
    sure = sum(_is_chord(word.text) and _SURELY.search(word.text) is not None for word in words)
    return sure >= SURE_SHARE * len(words)


def _are_over(graph: NotationGraph, line: Sequence[Word], staff: Staff) -> bool:
    """Whether a line of words may be chord symbols over a staff. It may not if there is a staff of the same system
    above that is joined to this one by a brace. Nor may it, unless the words are surely chord symbols, if such a staff
    is nearer to the line, which may be its lyrics."""
    system = next((s for s in graph.systems if staff.index in s.staves), None)
    if system is None or any(staff.index in brace[1:] for brace in system.braces):
        return False
    row, col = line[0].box.center
    above = [graph.staves[i] for i in system.staves if graph.staves[i].row(-4, col) < row]
    return are_sure(line) or all(row - other.row(-4, col) > staff.row(4, col) - row for other in above)


def _lines(graph: NotationGraph, staff_of: dict[int, int]) -> list[list[int]]:
    """The lines that words make over their staves. staff_of: index of each word -> the staff below."""
    lines: list[list[int]] = []
    for i in sorted(staff_of, key=lambda i: (staff_of[i], graph.words[i].box.left)):
        row, space = graph.words[i].box.center[0], graph.staves[staff_of[i]].space_px
        near = [line for line in lines if staff_of[line[-1]] == staff_of[i]
                and abs(graph.words[line[-1]].box.center[0] - row) < SAME_LINE_SPACES * space]
        if near:
            near[-1].append(i)
        else:
            lines.append([i])
    return lines
