"""`omr talk words`: word vectors, skip-gram and CBOW, on any text."""

from __future__ import annotations

from pathlib import Path

import click

TRAINING = ("data", "model", "size", "window", "negative", "epochs", "least", "sample", "rate", "against_gensim",
            "seed")
"""Options that say how vectors are trained. A question without any of them goes to the vectors that are there."""


@click.command()
@click.option("--data", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="A text, UTF-8, also .gz. Default: a made-up text about music.")
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("words"), show_default=True,
              help="Folder for vectors.txt, index.html and map.png; the same folder goes on, or answers questions.")
@click.option("--vectors", "others", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="Ask these vectors, in word2vec's text format, and train nothing.")
@click.option("--nearest", multiple=True, metavar="WORD", help="Words of like vectors; may be given several times.")
@click.option("--analogy", nargs=3, multiple=True, metavar="A B C", help="What is to C as B is to A?")
@click.option("--questions", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
              help="Analogies in the format of questions-words.txt. Default: those of the made-up text.")
@click.option("--model", type=click.Choice(["skip-gram", "cbow"]), default="skip-gram", show_default=True)
@click.option("--size", type=click.IntRange(min=1), default=100, show_default=True, help="Numbers a vector.")
@click.option("--window", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--negative", type=click.IntRange(min=1), default=5, show_default=True, help="Words drawn against each.")
@click.option("--epochs", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--least", type=click.IntRange(min=1), default=5, show_default=True, help="Rarer words are left out.")
@click.option("--sample", type=click.FloatRange(min=0), default=1e-3, show_default=True,
              help="Words commoner than this share are thinned out; 0: none.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), default=0.025, show_default=True)
@click.option("--against-gensim", is_flag=True, help="Train gensim on the same text in the same way, and compare.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def words(data: Path | None, out: Path, others: Path | None, nearest: tuple[str, ...],
          analogy: tuple[tuple[str, str, str], ...], questions: Path | None, model: str, size: int, window: int,
          negative: int, epochs: int, least: int, sample: float, rate: float, against_gensim: bool, seed: int) -> None:
    """Word vectors: skip-gram and CBOW on any text. Interrupted, the same command goes on.

    A question (--nearest, --analogy, --questions) that names no option of the training is answered from the vectors in
    OUT, if there are any.
    """
    from dataclasses import replace

    from companions import vectors as v
    from companions import words as w
    from companions.musictext import made_up_questions, made_up_text

    if others is not None and against_gensim:
        raise click.UsageError("--against-gensim trains; it does not go with --vectors")
    source = click.get_current_context().get_parameter_source
    sections = v.read_questions(questions) if questions is not None else None
    given = {name for name in TRAINING if source(name) is not click.core.ParameterSource.DEFAULT}
    if others is None and not given and (nearest or analogy or sections) and (out / "vectors.txt").exists():
        others = out / "vectors.txt"  # what is there answers; how it was trained need not be said again
    if others is not None:
        vectors = v.read_vectors(others)
    else:
        text = w.read_text(data) if data is not None else made_up_text(seed=seed)
        if data is None and sections is None:
            sections = made_up_questions()
        settings = w.Settings(model == "cbow", size, window, negative, epochs, least, sample, rate, seed)
        out.mkdir(parents=True, exist_ok=True)
        vectors = w.train(text, settings, out / "state.npz")
        v.write_vectors(vectors, out / "vectors.txt")
        v.draw_map(vectors, out / "map.png", sections)
        v.write_page(vectors, settings.cbow, [word.lower() for word in nearest], sections, out / "map.png",
                     out / "index.html")
        click.echo(f"{out / 'vectors.txt'}: {len(vectors.words)} words, {vectors.array.shape[1]} numbers each; "
                   f"{out / 'index.html'}")
    for word in nearest:
        click.echo(f"{word}: " + ", ".join(f"{n} {c:.2f}" for n, c in vectors.nearest(word.lower())))
    for a, b, c in analogy:
        found = vectors.analogy(a.lower(), b.lower(), c.lower())
        click.echo(f"{a} is to {b} as {c} is to: " + ", ".join(f"{n} {s:.2f}" for n, s in found))
    compared = [("here", vectors)]
    if against_gensim:
        compared += [("gensim", w.train_gensim(text, settings)),
                     ("gensim, next seed", w.train_gensim(text, replace(settings, seed=seed + 1)))]
    if sections is not None:
        answers = [v.ask(each, sections) for _, each in compared]
        click.echo(f"{'analogies':<32}{'asked':>7}" + "".join(f"{name:>19}" for name, _ in compared))
        for section in (*sections, "all"):
            rows = [found[section] if section in found else v.total(found) for found in answers]
            if rows[0][1]:
                shares = "".join(f"{100 * r / max(n, 1):>17.1f} %" for r, n, _ in rows)
                click.echo(f"{section:<32}{rows[0][1]:>7}{shares}")
        if left := v.total(answers[0])[2]:
            click.echo(f"{left} questions left out: a word of theirs has no vector")
    if against_gensim:
        (_, ours), (_, theirs), (_, again) = compared
        click.echo(f"of the 10 nearest words of each of the 500 commonest, shared: here and gensim "
                   f"{v.overlap(ours, theirs):.3f}, gensim with two seeds {v.overlap(theirs, again):.3f}")
