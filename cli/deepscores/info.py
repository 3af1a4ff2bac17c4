"""`omr deepscores info`: what a data set holds."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
def info(data: Path) -> None:
    """Count pages, classes and splits of DATA, and say what our classes make of it.

    Files are read as a stream: memory does not grow with their size.
    """
    import resource
    import time
    from collections import Counter

    from tqdm import tqdm

    from deepscores import v1
    from deepscores.datasets import read_records, recognise
    from omr.errors import DataError
    from omr.types.vocabulary import GROUPS, counterpart, lacking

    start = time.perf_counter()
    marks: Counter[str] = Counter()
    on_pages: Counter[str] = Counter()
    splits: Counter[str] = Counter()
    names: set[str] = set()
    broken = 0

    def count(_: str) -> None:
        nonlocal broken
        broken += 1

    try:
        kind: str = recognise(data)
    except DataError:
        crops = v1.read_crops(data) if data.is_dir() else {}
        if not crops:
            raise
        for name in sorted(crops, key=lambda n: (-crops[n], n)):
            click.echo(f"{name:34}{crops[name]:10}   {counterpart(name) or '-'}")
        click.echo(f"DeepScores v1 classification set: {sum(crops.values())} crops of {len(crops)} classes")
        return
    for record in tqdm(read_records(data, problem=count), unit="page", leave=False):
        found = Counter(m.name for m in record.marks)
        marks.update(found)
        on_pages.update(found.keys())
        splits[record.split or "no split"] += 1
        names |= record.names or found.keys()
    click.echo(f"{'class':34}{'marks':>10}{'pages':>9}   ours")
    for name in sorted(marks, key=lambda n: (-marks[n], n)):
        ours = counterpart(name) or ("(a group of others)" if name in GROUPS else "-")
        click.echo(f"{name:34}{marks[name]:10}{on_pages[name]:9}   {ours}")
    pages = sum(splits.values())
    click.echo(f"{kind}: {pages} pages ({', '.join(f'{n} {s}' for s, n in sorted(splits.items()))}), "
               f"{sum(marks.values())} marks of {len(marks)} classes")
    lost = sum(n for name, n in marks.items() if counterpart(name) is None and name not in GROUPS)
    click.echo(f"without counterpart among our classes: {lost} marks of "
               f"{', '.join(sorted(n for n in marks if counterpart(n) is None and n not in GROUPS)) or 'no class'}")
    click.echo(f"of ours it does not mark: {', '.join(sorted(lacking(names))) or 'none'}")
    if broken:
        click.echo(f"{broken} broken records were left out: `omr deepscores check` names them")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"{time.perf_counter() - start:.1f} s, peak memory {peak:.0f} MB")
