"""`omr talk write`: a character RNN that writes; its tunes are engraved and read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from omr.errors import DataError, OmrError, OutputError

if TYPE_CHECKING:
    from companions.write import TuneReport

ABC_PRIME = "\n\nX:1\nT:"


@click.command()
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("write"),
              show_default=True, help="Folder of the page, the curve, the samples and the checkpoint.")
@click.option("--data", type=click.Path(path_type=Path, dir_okay=False), default=None,
              help="Any text, or tunes (.abc). Default: the dance tunes of music21's corpus.")
@click.option("--rounds", type=click.IntRange(1), default=40, show_default=True,
              help="Of 256,000 characters each; a higher number goes on where a run ended.")
@click.option("--units", type=click.IntRange(8), default=256, show_default=True, help="Of the LSTM.")
@click.option("--temperature", type=click.FloatRange(0.01, 5.0), default=0.7, show_default=True,
              help="Low: what is likely, again and again; high: anything.")
@click.option("--prime", default=None, help="How every sample begins; of tunes, how the title does.")
@click.option("--length", type=click.IntRange(1), default=800, show_default=True, help="Most characters of a sample.")
@click.option("--tunes", type=click.IntRange(0), default=24, show_default=True,
              help="How many tunes are written at the end, checked, engraved and read back.")
@click.option("--start", type=click.Choice(["shipped"]), default=None,
              help="Begin with the run on tunes that comes with the package, instead of from nothing.")
@click.option("--seed", type=int, default=0, show_default=True)
def write(out: Path, data: Path | None, rounds: int, units: int, temperature: float, prime: str | None, length: int,
          tunes: int, start: str | None, seed: int) -> None:
    """A character RNN learns a text letter by letter, and writes more of it.

    Tunes are checked (do the bars fill the metre?), engraved, and read back by `omr scan`. The result is
    OUT/index.html, and OUT/tune-NN.mid to hear them. The same command goes on where it was stopped.
    """
    import numpy as np
    from tqdm import tqdm

    from companions.keeping import begin_shipped
    from companions.tunes import corpus_tunes, read_tunes
    from companions.write import TUNE_END, History, WriteConfig, draw_curve, train, write_page
    from omr.files import replacing

    is_abc = data is None or data.suffix.lower() == ".abc"
    known: list[str] = []
    if is_abc:
        known = read_tunes(data) if data is not None else corpus_tunes()
        order = np.random.default_rng(seed).permutation(len(known))
        text = "\n" + "".join(f"\n{known[i]}" for i in order)
    else:
        assert data is not None
        try:
            text = data.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{data} cannot be read as UTF-8 text ({error})") from error
    first = f"{ABC_PRIME}{prime or ''}" if is_abc else prime or "\n"
    config = WriteConfig(rounds=rounds, units=units, temperature=temperature, prime=first,
                         stop=TUNE_END if is_abc else "", sample_length=length, seed=seed)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} cannot be made ({error.strerror})") from error
    if start:
        begin_shipped("write", out / "checkpoint.npz")
    with tqdm(total=rounds, unit=" round", disable=None) as bar:

        def on_round(number: int, history: History) -> None:
            bar.update(number - bar.n)
            bar.set_postfix_str(f"{history.validation[-1]:.3f} bits a character")

        writer, history = train(text, config, out, on_round)
    reports = tune_reports([f"{t}\n" for t in writer.write(tunes, rounds + 1)], known) if is_abc and tunes else []
    note = f"{len(text):,} characters; an LSTM of {units} units; temperature {temperature}."
    curve = draw_curve(history)
    with replacing(out / "curve.png") as temporary:
        temporary.write_bytes(curve)
    for number, report in enumerate(reports, 1):
        if report.page:
            with replacing(out / f"tune-{number:02d}.png") as temporary:
                temporary.write_bytes(report.page)
            with replacing(out / f"tune-{number:02d}.mid") as temporary:
                temporary.write_bytes(report.midi)
    written = [r.text for r in reports] or [writer.write(1, rounds + 1)[0]]
    with replacing(out / ("written.abc" if is_abc else "written.txt")) as temporary:
        temporary.write_text("\n".join(written), encoding="utf-8")
    write_page(history, curve, reports, f"omr talk write: {data.name if data else 'dance tunes in ABC'}", note,
               out / "index.html")
    click.echo(f"held out text: {history.validation[-1]:.3f} bits a character ({history.validation[0]:.2f} untrained)")
    if reports:
        valid = sum(not r.fault for r in reports)
        notes, right, read = (sum(getattr(r, n) for r in reports) for n in ("notes", "right", "read_notes"))
        click.echo(f"tunes: {valid} of {len(reports)} valid, {sum(bool(r.page) for r in reports)} engraved, "
                   f"{right} of {notes} notes read back right, {read} read")
    click.echo(f"{out / 'index.html'}")


def tune_reports(texts: Sequence[str], known: Sequence[str]) -> list[TuneReport]:
    """Every tune checked; the valid ones engraved and read back, in a worker, for Verovio can end its process."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    from tqdm import tqdm

    from companions.tunes import fault
    from companions.write import TuneReport

    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, context)
    reports = []
    for text in tqdm(texts, desc="reading back", unit=" tune", disable=None, leave=False):
        why = "copied from the corpus" if text in known else fault(text)
        report = TuneReport(text, why)
        if not why:
            try:
                report = pool.submit(read_back, text).result()
            except BrokenProcessPool:
                report = TuneReport(text, "ended the engraver")
                pool = ProcessPoolExecutor(1, context)
        reports.append(report)
    pool.shutdown()
    return reports


def read_back(text: str) -> TuneReport:
    """A valid tune as music21 reads it, engraved, scanned, and compared note by note (onset, pitch and duration)."""
    import tempfile
    import warnings

    from music21 import converter

    from companions.write import TuneReport
    from deepscores.engrave import engrave
    from deepscores.sources import Source
    from evaluation import notes
    from omr.detect.runtime import load_detector
    from omr.export.files import write as write_musicxml
    from omr.pipeline import scan
    from omr.reading import ScanOptions

    options: dict[str, object] = {
        "font": "Leipzig", "pageWidth": 1900, "pageHeight": 2600, "adjustPageHeight": True, "breaks": "auto",
        "footer": "none", "header": "none", "svgViewBox": False, "scale": 100, "mnumInterval": 0}
    with tempfile.TemporaryDirectory() as folder:
        truth, image, read, sound = (Path(folder) / name for name in (
            "truth.musicxml", "page.png", "read.musicxml", "tune.mid"))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tune = converter.parse(text, format="abc")
                tune.write("musicxml", truth)
                tune.write("midi", sound)
            pages = engrave(Source(truth), 0, pages=1, space_px=15.0, options=options)
        except Exception as error:  # music21 raises whatever its readers raise
            return TuneReport(text, f"music21 or Verovio cannot read it ({' '.join(str(error).split())[:80]})")
        if not pages:
            return TuneReport(text, "an empty page")
        image.write_bytes(pages[0].png)
        try:
            write_musicxml(scan([image], load_detector(None), ScanOptions(languages=())), read, "musicxml")
            measures = notes.read(read)
        except OmrError:
            measures = []
        figures = notes.evaluate(notes.read(truth), measures)
        return TuneReport(text, "", pages[0].png, int(figures["true_notes"]), int(figures["estimated_notes"]),
                          int(figures["right_notes"]), sound.read_bytes())
