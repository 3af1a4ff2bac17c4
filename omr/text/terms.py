"""A fixed list of words of performance ("cresc.", "dolce"), with which Tesseract's words on a scan are compared.

Tesseract knows whole languages, but hardly the slanted abbreviations below music. It reads most "cresc." of old prints
as "crese", "erese" or "CTESC", with such low scores that they are not believed. A word that differs from one in the
list only by letters that are easily confused is that word, and is believed. In 33 movements, 93 "cresc." and "decresc."
are believed; without the list it was 6.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from omr.text.tempos import is_tempo
from omr.types import NotationGraph, Symbol, Word
from omr.types.table import table


def _listed(words: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\S+", words))


_EXPRESSION = _listed("""
cresc cres crescendo decresc decrescendo dim dimin diminuendo rit ritard ritardando ritenuto rall rallent rallentando
accel accelerando stringendo dolce dolcissimo espress espressivo espressione cantabile legato staccato sempre marcato
tenuto leggiero leggiermente leggieramente sostenuto tranquillo animato agitato grazioso calando smorz smorzando
morendo perdendosi mancando scherzando semplice risoluto cantando mezza messa sotto voce tutte corde corda una poco
molto assai troppo più meno mosso subito simile pizz arco tempo con brio fuoco moto anima affetto sentimento senza
sordini ped colla parte alla gran
""")
"""Written in small letters, as on most pages, or with a capital."""
_HEADINGS = _listed("""
allegro allegretto andante andantino adagio largo larghetto lento grave presto prestissimo vivace moderato maestoso
appassionato coda fine scherzo rondo finale menuetto minuetto minore maggiore trio marcia
""")
"""Tempos and types of movements: written in small letters, with a capital, or in capitals."""
_ABBREVIATIONS = frozenset(_listed(
    "cresc cres decresc dim dimin rit ritard rall rallent accel espress smorz pizz ped"))
_SHORT = ("cres", "dim", "rit")
"""Short abbreviations that may be misread between their first and their last letter. The results, such as "dtm" and
"CTES", are no words of any language."""
_SHAPES = tuple(re.compile(shape) for shape in (
    r"([^\w€©°]*)(.*?)([^\w€©°]*)", r"([^\w€©°«]*)(.*?)([^\w€©°]*)", r"([\W\dZz]*)(.*?)([\W\d]*)"))
"""What stands before a word's letters, the letters, and what stands after them. A quotation mark may be a letter, as in
"«rese.". Digits may belong to fingerings and triplets beside the word, as in "3erese.3". A 2 among these may be read as
a Z, as in "Zorese."."""
_ALIKE = ("ceo0€©°6«", "trf", "il1|!jt", "s5", "unv", "ao", "gq9y", "mn", "ec")
"""Letters that Tesseract confuses in slanted print."""


@table
class TermLimits:
    """Measured on 1085 words in 33 movements of Beethoven's and Mozart's sonatas in old prints. No other word there is
    taken for one in the list. The first three are differences between the letters that were read and those of a word.
    """

    alike: float = 0.4
    """Difference between two letters that are easily confused."""
    other: float = 1.3
    """Difference between any other two letters."""
    missing: float = 0.8
    """Difference for a letter that is missing or too many."""
    share: float = 0.25
    """Greatest sum of differences for each letter of the word."""
    most: float = 1.4
    """Greatest sum of differences in all."""
    least_letters: int = 5
    """Fewest letters of a word, read and meant, that may be misread: "parr" is not "parte"."""
    believed: float = 0.75
    """Least score, 0 to 1, of a word in the list: being in the list shows that it was read right."""
    torn: float = 0.7
    """Longest gap between pieces of one word, in staff spaces. Where two pieces make a word of the list together, and
    one of them is none alone, the gap is at most 0.5 on 130 pages."""
    torn_line: int = 6
    """Pieces of several letters are joined only in lines of at most this many words, because longer lines are lyrics
    ..."""
    torn_terms: float = 0.33
    """... or in lines of which at least this share of the other words is in the list, such as "Adagio cantabile"."""
    letters_around: float = 1.2
    """A sign inside a word is one of its letters if at least this many letters of the word are left on either side of
    the sign's middle. The p of "pdolce", read as one word, is a dynamic."""


T = TermLimits()


_OVER = re.compile(
    r"(?:un poco |poco |molto |assai |più |meno |sempre |poco a poco )?"
    r"(?:pizz|arco\b|con sord|senza +sord|con moto|rit\b|ritard|riten|rall|accel|string(?:\.|endo)|allarg|a tempo|"
    r"in tempo|tempo|ten\b|solo\b|tutti\b|sul |div\b|unis\b|gliss)", re.IGNORECASE)
"""How words begin that stand above their staff. In 8 quartets of OpenScore nearly all of these do ("arco", "pizz." and
"a tempo" 394 of 394, "rit." 48 of 48 that give a place), and "cresc.", "dim." and "dolce" do not (4 of 1774)."""


def stands_over(text: str) -> bool:
    """Whether words stand above the staff to which they belong: tempos, and ways of playing an instrument. Words about
    loudness or expression stand below."""
    return is_tempo(text) or _OVER.match(text) is not None


def as_term(word: Word) -> Word:
    """The word of performance that a word stands for, with a score that is believed. Any other word stays as it is."""
    for shape in _SHAPES:
        found = shape.fullmatch(word.text)
        letters = "" if found is None else found[2].strip("_")
        term = _meant(_plain(letters))
        if term is not None:
            break
    if found is None or term is None:
        return word
    if term in _HEADINGS:
        text = term.upper() if letters.isupper() else term.capitalize() if letters[:1].isupper() else term
    elif term.startswith("cresc"):
        text = term  # a c looks like a small C, and on the prints that were looked at none is a capital
    else:
        text = term.capitalize() if letters[:1].isupper() and letters[1:].islower() else term
    before = "(" if "(" in found[1] else ""
    behind = "".join(c for c in found[3] if c in ".,;:)")
    if term in _ABBREVIATIONS:
        behind = "." + ")" * behind.endswith(")")
    return replace(word, text=before + text + behind, score=max(word.score, T.believed))


def join_torn(words: Sequence[Word], space: float) -> tuple[Word, ...]:
    """Join pieces of one word of performance: Tesseract tears apart letters that are set widely ("tropp o"). space: in
    pixels."""
    whole = list(words)
    for piece in words:
        behind = next((w for w in words if w is not piece and _tears(piece, w, space)), None)
        if behind is None or piece not in whole or behind not in whole:
            continue
        beside = [w for w in words if abs(w.box.center[0] - piece.box.center[0]) < space]
        others = [w for w in beside if w is not piece and w is not behind]
        is_sung = len(beside) > T.torn_line and sum(map(_is_term, others)) < T.torn_terms * len(others)
        if is_sung and min(len(_letters(piece)), len(_letters(behind))) > 1:
            continue  # such as "col-la"
        letters = len(piece.text) + len(behind.text)
        score = (piece.score * len(piece.text) + behind.score * len(behind.text)) / letters
        whole[whole.index(piece)] = replace(
            piece, text=piece.text + behind.text, box=piece.box.union(behind.box), score=score)
        whole.remove(behind)
    return tuple(whole)


def _tears(piece: Word, behind: Word, space: float) -> bool:
    """Whether two words are pieces of one word in the list."""
    if not -T.torn * space < behind.box.left - piece.box.right < T.torn * space:
        return False
    if not piece.box.top < behind.box.center[0] < piece.box.bottom:
        return False
    first, second = _letters(piece), _letters(behind)
    known = _terms()
    return bool(first and second) and first + second in known and not (first in known and second in known)


def _letters(word: Word) -> str:
    """The letters of a word, in lower case and without accents."""
    return _plain("".join(re.findall(r"\w", word.text)))


def without_letters(graph: NotationGraph) -> NotationGraph:
    """Remove dynamics, segnos and codas that are really letters of a word of performance: the g of a slanted "legato"
    looks like a p, and "semplice" contains an "mp"."""
    boxes = [(word.box, T.letters_around * word.box.width / len(word.text)) for word in graph.words
             if len(word.text) >= T.least_letters and _is_term(word)]

    def is_letter(symbol: Symbol) -> bool:
        row, col = symbol.box.center
        return (symbol.kind == "dynamic" or symbol.name in ("segno", "coda")) and any(
            box.top < row < box.bottom and box.left + edge < col < box.right - edge for box, edge in boxes)

    gone = {symbol.id for symbol in graph.symbols if is_letter(symbol)}
    if not gone:
        return graph
    return replace(graph, symbols=tuple(s for s in graph.symbols if s.id not in gone),
                   edges=tuple(e for e in graph.edges if e.parent not in gone and e.child not in gone),
                   staff_of={i: staff for i, staff in graph.staff_of.items() if i not in gone})


def is_expression(text: str) -> bool:
    """Whether every word of a text says how to play, in small letters: "dolce", "molto espressivo"."""
    words = re.findall(r"[^\W\d_]+", text)
    return bool(words) and all(word in _EXPRESSION for word in words)


def _is_term(word: Word) -> bool:
    """Whether a word is in the list, or stands for a word in it."""
    return _meant(_plain("".join(re.findall(r"[\w€©°]", word.text)))) is not None


def _plain(text: str) -> str:
    """A word in lower case without accents. A dotless i becomes an i: "pızz."."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("ı", "i"))
    return "".join(c for c in plain if not unicodedata.combining(c))


@lru_cache(maxsize=1)
def _terms() -> dict[str, str]:
    """Each word of the list without accents -> as it is written."""
    return {_plain(term): term for term in (*_EXPRESSION, *_HEADINGS)}


@lru_cache(maxsize=4096)
def _meant(text: str) -> str | None:
    """The word in the list for which letters without accents stand. None if there is none, or if several are equally
    near."""
    terms = _terms()
    if text in terms:
        return terms[text]
    if len(text) < T.least_letters:
        return next((short for short in _SHORT if _is_short(text, short)), None)
    counts = sorted((_count(text, plain), term) for plain, term in terms.items()
                    if len(plain) >= T.least_letters and abs(len(plain) - len(text)) <= 1)
    if not counts or counts[0][0] > min(T.share * len(counts[0][1]), T.most):
        return None
    return counts[0][1] if len(counts) == 1 or counts[0][0] < counts[1][0] else None


def _is_short(read: str, meant: str) -> bool:
    """Whether letters may stand for an abbreviation that begins and ends with the same letters."""
    return (len(read) == len(meant) and (read[0], read[-1]) == (meant[0], meant[-1])
            and all(_difference(a, b) <= T.alike for a, b in zip(read, meant, strict=True)))


def _count(read: str, meant: str) -> float:
    """How far the letters that were read are from a word: the least sum of differences over all alignments (an edit
    distance)."""
    before = [j * T.missing for j in range(len(meant) + 1)]
    for i, a in enumerate(read, 1):
        row = [i * T.missing]
        for j, b in enumerate(meant, 1):
            row.append(min(before[j] + T.missing, row[-1] + T.missing, before[j - 1] + _difference(a, b)))
        before = row
    return before[-1]


@lru_cache(maxsize=4096)
def _difference(a: str, b: str) -> float:
    """The difference between two letters."""
    return 0.0 if a == b else T.alike if any(a in group and b in group for group in _ALIKE) else T.other
