"""`omr talk tour`: the talk on one page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click


@click.command()
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default="tour.html", show_default=True)
@click.option("--page", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
              help="Page of music for the last chapters. Default: one that is engraved for it.")
def tour(out: Path, page: Path | None) -> int:
    """All demonstrations, small, one after the other, on one page in English and German."""
    import tempfile

    from tqdm import tqdm

    from companions import page as html
    from companions.tour import CHAPTERS, tell

    with tempfile.TemporaryDirectory(prefix="omr-") as scratch, tqdm(total=len(CHAPTERS), unit="chapter") as bar:
        music = page or engraved(Path(scratch) / "music.png")

        def run(arguments: Sequence[str]) -> str:
            bar.set_postfix_str(" ".join(arguments[:2]))
            said = call([str(music) if word == "PAGE" else word for word in arguments])
            bar.update()
            return said

        parts, failed = tell(CHAPTERS, Path(scratch), run)
        html.write(out, "Deep Learning und Medien", parts)
    click.echo(f"{out}: {len(CHAPTERS)} chapters, {failed} failed")
    return 1 if failed else 0


def call(arguments: Sequence[str]) -> str:
    """What `omr` says, as a process of its own: every chapter begins afresh. Raises OSError with its last line."""
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-m", "cli.main", *arguments], capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise OSError((done.stderr.strip().splitlines() or ["no reason given"])[-1])
    return done.stdout


def engraved(path: Path) -> Path:
    """A page of a synthetic score, as a scan."""
    import io

    import numpy as np
    from PIL import Image

    from augment.degrade import degrade
    from deepscores.engrave import engrave
    from deepscores.sources import Source

    page = engrave(Source(None, 7), 7, pages=1)[0]
    pixels = np.asarray(Image.open(io.BytesIO(page.png)))
    Image.fromarray(degrade(pixels, (), (), np.random.default_rng(7), "scan", page.space_px)[0]).save(path)
    return path
