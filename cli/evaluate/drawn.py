"""`omr evaluate drawn`: scores are engraved as PDFs, and read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.evaluate.common import FOLDER
from omr.errors import DataError, OmrError

if TYPE_CHECKING:
    from evaluation.ned import Ned

ENGRAVERS = ("musescore-emmentaler", "musescore-gonville", "musescore-bravura", "musescore-musejazz", "lilypond",
             "verovio")
MOST_LOST = 0.01
"""Largest share of a score's notes that LilyPond may lack: notes that it moves because of the order of grace notes."""
SHOWN = ("note_f1", "lyrics_f1", "parts_right", "measures_right", "omr_ned")


@click.command()
@click.argument("scores", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--cache", type=FOLDER, default=Path("data/drawn"), show_default=True,
              help="Where the PDFs are made and kept, and the MusicXML that is read from them goes.")
@click.option("--engraver", "engravers", multiple=True, type=click.Choice(ENGRAVERS), default=ENGRAVERS,
              show_default=True)
@click.option("--source", type=click.Choice(["auto", "drawing", "pixels"]), default="auto", show_default=True,
              help="What of the PDFs is read, as for `omr scan`.")
@click.option("--ned/--no-ned", default=True, show_default=True, help="OMR-NED too, which takes longer than the rest.")
@click.option("--sample", type=click.IntRange(min=1), default=None,
              help="Only so many scores, drawn at random. Default: all.")
@click.option("--seed", default=0, show_default=True, help="What the sample is drawn with.")
@click.option("--spread", is_flag=True, help="Every score through one of the engravers, in turn, in place of all.")
@click.option("--measures", type=click.IntRange(min=1), default=None,
              help="Only so many measures of longer scores, from their beginning. Default: all.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run: what is judged already stays.")
def drawn(scores: tuple[Path, ...], cache: Path, engravers: tuple[str, ...], source: Any, ned: bool,
          sample: int | None, seed: int, spread: bool, measures: int | None, resume: bool) -> None:
    """Note F1, syllables, parts, measures and OMR-NED of scores engraved as PDFs and read back.

    SCORES are MusicXML files, or folders of them. A score that an engraver cannot engrave is left out for it, with a
    line, and so are measures that are encoded otherwise than an engraver prints them. Seconds are of the processor, a
    page; LilyPond reads MusicXML by way of musicxml2ly, which loses some of it: scores whose notes it misreads are left
    out, and so are the syllables of those whose syllables it moves.
    """
    from contextlib import nullcontext

    from evaluation.ned import Ned

    files = _files(scores, sample, seed)
    with Ned() if ned else nullcontext() as measured:
        read: dict[str, list[dict[str, float]]] = {engraver: [] for engraver in engravers}
        for file, engraver in _runs(files, engravers, spread):
            read[engraver] += _read_back(file, engraver, cache, source, measured, measures, resume)
        for engraver, rows in read.items():
            if rows:
                _show(f"{engraver}, mean of {len(rows)}", {
                    key: sum(row[key] for row in rows if key in row) / sum(key in row for row in rows)
                    for key in (*SHOWN, "seconds") if any(key in row for row in rows)})
                judged, sure, right = (sum(row.get(key, 0) for row in rows)
                                       for key in ("judged", "sure", "surely_right"))
                click.echo(f"{sure:.0f} of {judged:.0f} measures are called sure; "
                           f"{right / max(sure, 1):.1%} of them are right")


def _files(scores: Sequence[Path], sample: int | None, seed: int) -> list[Path]:
    """The MusicXML files in files and folders, or `sample` of them at random. Raises DataError if there are none."""
    import random

    files = [file for path in scores for file in ([path] if path.is_file() else sorted(
        p for suffix in (".mxl", ".musicxml", ".xml") for p in path.glob(f"*{suffix}")))]
    if not files:
        raise DataError("no MusicXML there")
    return files if sample is None else random.Random(seed).sample(files, min(sample, len(files)))


def _runs(files: Sequence[Path], engravers: Sequence[str], spread: bool) -> Iterator[tuple[Path, str]]:
    """Which score goes through which engraver, in the order of the scores. So a spread run that is interrupted has read
    some scores of every engraver."""
    for number, file in enumerate(files):
        for engraver in [engravers[number % len(engravers)]] if spread else engravers:
            yield file, engraver


def _read_back(file: Path, engraver: str, cache: Path, source: Any, measured: Ned | None, measures: int | None,
               resume: bool) -> list[dict[str, float]]:
    """The figures of a score by one engraver, or none. They are kept beside the reading, for `resume`."""
    import json

    folder = cache / engraver
    out = folder / f"{file.stem}-{source}.musicxml"
    kept = out.with_suffix(".json")
    if resume and kept.exists():
        return [json.loads(kept.read_text())]
    try:
        truth, pdf = _engrave(file, engraver, folder, measures)
    except DataError as error:
        click.echo(f"{file.stem}, {engraver}: left out: {error}", err=True)
        return []
    row = _judge(truth, pdf, out, source, measured, engraver)
    if engraver == "lilypond" and (moved := _moved_syllables(truth, pdf)) > MOST_LOST:
        click.echo(f"{file.stem}, {engraver}: syllables are not judged: musicxml2ly moved {moved:.1%}", err=True)
        row = {key: value for key, value in row.items() if not key.startswith("lyrics") and "syllables" not in key}
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(row))
    part.replace(kept)
    _show(f"{file.stem[-44:]}, {engraver}", row)
    return [row]


def _engrave(file: Path, engraver: str, folder: Path, measures: int | None) -> tuple[Path, Path]:
    """The score as plain MusicXML, and its PDF. They are made if they are missing. Raises DataError."""
    import glob

    from deepscores import pdfs
    from evaluation import excerpt

    truth, pdf = folder.parent / "truth" / f"{file.stem}.musicxml", folder / f"{file.stem}.pdf"
    for path in (truth, pdf):
        path.parent.mkdir(parents=True, exist_ok=True)
    if not truth.exists():
        score = excerpt.load(file)
        most = max((len(part.findall("measure")) for part in score.iterfind("part")), default=0)
        excerpt.write(score if measures is None or most <= measures else excerpt.excerpt(score, 0, measures), truth)
    if b"<bar-style>none</bar-style>" in truth.read_bytes():
        raise DataError("it has barlines that are not printed, and so measures that no page shows")
    if engraver.startswith("musescore") and _has_two_times(truth):
        raise DataError("its parts are in different times at once, and MuseScore 3 moves their barlines")
    if not pdf.exists():
        pdfs.draw(engraver, truth, pdf)
    if engraver == "lilypond" and (midi := next(folder.glob(f"{glob.escape(file.stem)}.mid*"), None)) is not None:
        _check_heard(truth, midi)
    return truth, pdf


def _has_two_times(truth: Path) -> bool:
    """Whether some measures of a MusicXML file have different time signatures in two parts."""
    from lxml import etree

    times = []
    for part in etree.parse(truth).getroot().iterfind("part"):
        own, now = [], None
        for measure in part.iterfind("measure"):
            found = measure.find("attributes/time")
            now = now if found is None else (found.findtext("beats"), found.findtext("beat-type"))
            own.append(now)
        times.append(own)
    return any(len(set(at)) > 1 for at in zip(*times, strict=False))


def _moved_syllables(truth: Path, pdf: Path) -> float:
    """The share of a score's syllables that are not sung at their time in the MIDI file beside a PDF."""
    import glob

    from evaluation import heard

    midi = next(pdf.parent.glob(f"{glob.escape(pdf.stem)}.mid*"), None)
    return 0.0 if midi is None else heard.unsung(truth, midi)


def _check_heard(truth: Path, midi: Path) -> None:
    """Raise DataError if a MIDI file lacks more than `MOST_LOST` of a score's notes, or has them at other times:
    musicxml2ly misreads some scores, and the page is then different."""
    from evaluation import heard

    lost = heard.lost(truth, midi)
    if lost > MOST_LOST:
        raise DataError(f"musicxml2ly misread it: {lost:.1%} of its notes are not where they should be")


def _judge(truth: Path, pdf: Path, out: Path, source: Any, measured: Ned | None, engraver: str) -> dict[str, float]:
    """Read a PDF made by an engraver, and compare the reading with the truth."""
    import time

    from evaluation import counts, errata, exact, excerpt, lyrics, notes, sure
    from evaluation.matching import match
    from evaluation.printed import unlike_measures
    from omr import load_detector, pipeline
    from omr.export.files import write
    from omr.reading import ScanOptions
    from omr.sure import SURE, of_bars

    out.unlink(missing_ok=True)
    start, pages = time.process_time(), 0

    def count(_: object) -> None:
        nonlocal pages
        pages += 1

    try:
        options = ScanOptions(source=source)
        score = pipeline.scan([pdf], load_detector(), options, count)
        write(score, out)
    except OmrError as error:
        click.echo(f"{pdf.name}: {error}", err=True)
    row = {"seconds": (time.process_time() - start) / max(pages, 1)}
    reference, estimate = notes.read_files(truth, out)
    matching = match(reference, estimate, False)
    row["note_f1_of_all"] = notes.figures(reference, estimate, matching)["note_f1"]
    unlike = unlike_measures(excerpt.load(truth), accidentals=engraver == "verovio")
    matching, apart = errata.counted(
        matching, tuple(exact.pair_all(reference, estimate, matching)), errata.Errata(frozenset(unlike)))
    if apart:
        first = min(unlike)
        click.echo(f"{truth.stem}: {apart} measures are not encoded as an engraver prints them, and do not count; "
                   f"{first + 1}: {unlike[first]}", err=True)
    row |= notes.figures(reference, estimate, matching) | counts.evaluate(truth, out) | {"apart": apart}
    if out.exists():
        verdict = sure.judge(sure.read_staves(truth), sure.read_staves(out), [p.staves for p in score.parts], False)
        known = of_bars(score)
        surely = [right for i, right in verdict.measures.items() if (known[i] or 0.0) >= SURE]
        row |= {"judged": len(verdict.measures), "sure": len(surely), "surely_right": sum(surely)}
        row |= lyrics.figures(lyrics.read(truth), lyrics.read(out), matching)
    if measured is not None:
        result = measured.evaluate_files(truth, out if out.exists() else None, matching)
        row |= {} if result is None else {"omr_ned": result["omr_ned"]}
    return row


def _show(name: str, row: dict[str, float]) -> None:
    cells = [f"{key.removesuffix('_right').removesuffix('_f1')} {row[key]:.3f}" for key in SHOWN if key in row]
    click.echo("  ".join([f"{name:64}", *cells, f"{row['seconds']:.2f} s a page"]))
