"""`omr explain training`: a training run on one page."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="Default: training.html in RUN.")
def training(run: Path, out: Path | None) -> None:
    """Learning curves, feature statistics and the information plane of RUN, a folder of `omr train`; also while it is
    still going."""
    from companions import page as html
    from companions.dashboard import explain

    out = out or run / "training.html"
    html.write(out, f"Training run {run.resolve().name}", explain(run))
    click.echo(f"{out}: the dashboard")
