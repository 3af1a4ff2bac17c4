"""`omr deepscores engrave`: labelled pages made from scores."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder of the data set.")
@click.option("--pages", default=100, show_default=True, help="How many pages.")
@click.option("--engraver", type=click.Choice(["verovio", "musescore", "lilypond"]), default="verovio",
              show_default=True, help="musescore and lilypond take MusicXML only and must be installed.")
@click.option("--seed", default=0, show_default=True)
@click.option("--scores", type=click.Path(exists=True, path_type=Path), multiple=True,
              help="Folder of MusicXML, MEI, Humdrum or ABC; may be given several times. Default: music21's corpus.")
@click.option("--corpus/--no-corpus", default=True, help="music21's corpus beside --scores.")
@click.option("--exclude", default=None, help="Regular expression of score paths to leave out.")
@click.option("--synthetic", default=0.4, show_default=True, help="Share of synthetic scores, 0 to 1.")
@click.option("--workers", default=2, show_default=True)
@click.option("--pinned-font", is_flag=True, help="Set words in a font that comes with the extra `pages`, not in those "
              "that are installed: a seed gives the same pages on every machine (Verovio only).")
@click.option("--fonts", "font_files", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None,
              metavar="FOLDER", help="Draw also from the fonts in a folder, .otf or .ttf: music fonts after SMuFL, and "
              "fonts for the words of handwritten ones (Verovio only).")
@click.option("--truth", is_flag=True, help="Keep each page's music beside it as MEI.")
def engrave(out: Path, pages: int, engraver: str, seed: int, scores: tuple[Path, ...], corpus: bool,
            exclude: str | None, synthetic: float, workers: int, pinned_font: bool, font_files: Path | None,
            truth: bool) -> None:
    """Engrave labelled pages from symbolic scores. Interrupted, the same command goes on."""
    import json
    import os
    from functools import partial

    from tqdm import tqdm

    from deepscores import engrave as verovio
    from deepscores import lilypond, musescore
    from deepscores.fonts import resources
    from deepscores.pages import LabelledPage, write_pages
    from deepscores.sources import SUFFIXES, TEST_ONLY_NAMES, collections, corpus_folders

    if font_files is not None and engraver != "verovio":
        raise click.UsageError("only Verovio takes other fonts: no --fonts")
    fonts = None if font_files is None else resources(font_files, verovio.verovio_resources(), out / "fonts")
    make: verovio.Engraver = partial(verovio.engrave, family=verovio.PINNED if pinned_font else None, fonts=fonts)
    suffixes = SUFFIXES
    if engraver != "verovio":
        make = {"musescore": musescore.engrave, "lilypond": lilypond.engrave}[engraver]
        suffixes, synthetic = musescore.SUFFIXES, 0.0
        if truth:
            raise click.UsageError("only Verovio tells a page's music: no --truth")
        if pinned_font:
            raise click.UsageError("only Verovio's pages have one font of words: no --pinned-font")
    (out / "images").mkdir(parents=True, exist_ok=True)
    (out / "labels").mkdir(exist_ok=True)
    state_path = out / "state.json"
    state = json.loads(state_path.read_text()) if state_path.exists() else {"task": 0, "pages": 0}
    folders = [*scores, *(corpus_folders() if corpus or not scores else [])]
    groups = collections(folders, TEST_ONLY_NAMES if exclude is None else exclude, suffixes)
    with tqdm(total=pages, initial=state["pages"], unit="page") as bar:
        if state["pages"] >= pages:
            return
        for task, made in verovio.engrave_many(groups, synthetic, seed, state["task"], workers, make):
            records = []
            for number, page in enumerate(made[: pages - state["pages"]]):
                image = out / "images" / f"{task:07d}-{number}.png"
                image.write_bytes(page.png)
                if truth:
                    image.with_suffix(".mei").write_text(page.mei)
                records.append(LabelledPage(image, page.width, page.height, page.space_px, page.labels.symbols,
                                            page.labels.strokes, page.source, page.font, ignored=page.ignored))
            if records:
                write_pages(records, out / "labels" / f"{task:07d}.json")
                state["pages"] += len(records)
                bar.update(len(records))
            # Tasks do not end in order. Resuming after the newest one skips at most those that were running.
            state["task"] = max(state["task"], task + 1)
            temporary = state_path.with_suffix(".tmp")
            temporary.write_text(json.dumps(state))
            os.replace(temporary, state_path)
            if state["pages"] >= pages:
                return
