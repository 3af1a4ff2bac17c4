"""Makes the files of this folder: `python tests/data/tablature/make.py`.

A made-up piece for guitar as a staff with tablature and as tablature alone, by MuseScore 3 and Verovio, and one each
for bass guitar and banjo by LilyPond. `guitar.musicxml` is the truth: what MuseScore says its tablature shows, since it
chooses frets anew.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
OPEN = (("E", 4), ("B", 3), ("G", 3), ("D", 3), ("A", 2), ("E", 2))
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
NAMES = (("C", 0), ("C", 1), ("D", 0), ("E", -1), ("E", 0), ("F", 0), ("F", 1), ("G", 0), ("A", -1), ("A", 0),
         ("B", -1), ("B", 0))
TYPES = {1: "eighth", 2: "quarter", 4: "half"}
Chord = tuple[int, list[tuple[int, int]]]
BASS = r"""\version "2.24.0"
\paper { indent = 0 tagline = ##f }
music = { \time 4/4 c4 e g a | a8 g e c d2 | e4 f g b | c'1 | }
\score { \new TabStaff \with { stringTunings = #bass-tuning } { \tabFullNotation \music } }
"""


BANJO = r"""\version "2.24.0"
\paper { indent = 0 tagline = ##f }
music = { \time 4/4 g4 b d' g' | a'8 g' e' d' c'2 | }
\score { \new TabStaff \with { stringTunings = #banjo-open-g-tuning } { \tabFullNotation \music } }
"""


def bars() -> list[list[Chord]]:
    """Eight bars of 4/4: for every chord its eighths and its (string, fret)s."""
    rng = random.Random(3)
    made = []
    for _ in range(8):
        left, bar = 8, []
        while left:
            length = rng.choice([n for n in (1, 2, 2, 4) if n <= left])
            count = rng.choice([1, 1, 1, 2, 3])
            first = rng.randint(1, 7 - count)
            bar.append((length, [(first + i, rng.choice([0, 1, 2, 3, 5, 7, 10, 12])) for i in range(count)]))
            left -= length
        made.append(bar)
    return made


def note(length: int, string: int, fret: int, is_first: bool, tablature: bool) -> str:
    step, octave = OPEN[string - 1]
    key = 12 * octave + STEPS[step] + fret
    name, alter = NAMES[key % 12]
    technical = f"<notations><technical><string>{string}</string><fret>{fret}</fret></technical></notations>"
    return (f"<note>{'' if is_first else '<chord/>'}<pitch><step>{name}</step>"
            f"{f'<alter>{alter}</alter>' if alter else ''}<octave>{key // 12}</octave></pitch>"
            f"<duration>{length}</duration><voice>1</voice><type>{TYPES[length]}</type>"
            f"{technical if tablature else ''}</note>")


def part(name: str, tablature: bool) -> str:
    tuning = "".join(f'<staff-tuning line="{line}"><tuning-step>{step}</tuning-step><tuning-octave>{octave}'
                     "</tuning-octave></staff-tuning>" for line, (step, octave) in enumerate(reversed(OPEN), 1))
    clef = ("<clef><sign>TAB</sign><line>5</line></clef><staff-details><staff-lines>6</staff-lines>"
            f"{tuning}</staff-details>" if tablature else
            "<clef><sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change></clef>")
    opening = ("<attributes><divisions>2</divisions><key><fifths>0</fifths></key><time><beats>4</beats>"
               f"<beat-type>4</beat-type></time>{clef}</attributes>")
    measures = "".join(
        f'<measure number="{number}">{opening if number == 1 else ""}' + "".join(
            note(length, string, fret, i == 0, tablature)
            for length, frets in bar for i, (string, fret) in enumerate(frets)) + "</measure>"
        for number, bar in enumerate(bars(), 1))
    return f'<part id="{name}">{measures}</part>'


def score(*parts: bool) -> str:
    names = [f"P{i}" for i, _ in enumerate(parts, 1)]
    return ('<?xml version="1.0" encoding="UTF-8"?><score-partwise version="3.1"><part-list>'
            + "".join(f'<score-part id="{n}"><part-name>Guitar</part-name></score-part>' for n in names)
            + "</part-list>" + "".join(part(n, t) for n, t in zip(names, parts, strict=True)) + "</score-partwise>")


def musescore(source: Path, out: Path) -> None:
    subprocess.run(["mscore3", "-o", str(out), str(source)], check=True, capture_output=True,
                   env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})


def verovio(source: Path, out: Path) -> None:
    from verovio import toolkit

    kit = toolkit()
    kit.setOptions({"pageWidth": 2100, "pageHeight": 2970, "footer": "none"})
    kit.loadData(source.read_text())
    svg = source.with_suffix(".svg")
    svg.write_text(re.sub(r"<desc>.*?</desc>", "", kit.renderToSVG(1)))
    subprocess.run(["rsvg-convert", "-f", "pdf", "-o", str(out), str(svg)], check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        both, alone, bass, banjo = (
            Path(folder) / name for name in ("both.musicxml", "alone.musicxml", "bass.ly", "banjo.ly"))
        both.write_text(score(False, True))
        alone.write_text(score(True))
        bass.write_text(BASS)
        banjo.write_text(BANJO)
        musescore(alone, HERE / "guitar.musicxml")
        musescore(both, HERE / "musescore-staff.pdf")
        musescore(alone, HERE / "musescore-alone.pdf")
        verovio(both, HERE / "verovio-staff.pdf")
        verovio(alone, HERE / "verovio-alone.pdf")
        for source, name in ((bass, "alone"), (banjo, "banjo")):
            subprocess.run(["lilypond", "-s", "-o", str(HERE / f"lilypond-{name}"), str(source)], check=True)


if __name__ == "__main__":
    main()
