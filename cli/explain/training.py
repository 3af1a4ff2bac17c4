"""`omr explain training`: a training run on one page."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="Default: training.html in RUN, or here.")
def training(run: Path | None, out: Path | None) -> None:
    """Learning curves, feature statistics and the information plane of RUN, a folder of `omr train`; also while it is
    still going. Without RUN: of a short training that comes with the package."""
    from companions import page as html
    from companions.chapters import in_talk
    from companions.dashboard import EXAMPLE, explain

    out = out or (run or Path()) / "training.html"
    title = f"Training run {run.resolve().name}" if run else "A short training of the detector"
    html.write(out, title, [in_talk("training"), *explain(run or EXAMPLE)])
    click.echo(f"{out}: the dashboard")
