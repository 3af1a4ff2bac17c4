"""`omr talk go`: AlphaGo Zero in small."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from omr.errors import DataError, OmrError, OutputError

if TYPE_CHECKING:
    from companions.go import Progress


@click.command()
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("go"), show_default=True,
              help="Folder of the page, the curve, the games and the checkpoint.")
@click.option("--board", type=click.Choice(["5", "7"]), default="5", show_default=True, help="Lines of the board.")
@click.option("--generations", type=click.IntRange(1), default=12, show_default=True,
              help="Learn up to so many; a higher number goes on where a run ended.")
@click.option("--games", type=click.IntRange(2), default=48, show_default=True, help="Of a generation, side by side.")
@click.option("--simulations", type=click.IntRange(2), default=40, show_default=True, help="Walks in the tree a move.")
@click.option("--rollouts", type=click.IntRange(2), default=100, show_default=True,
              help="Of the plain MCTS it is measured against.")
@click.option("--every", type=click.IntRange(1), default=4, show_default=True, help="Generations between measurements.")
@click.option("--komi", type=float, default=None, help="Default: 6.5, on 7 lines 8.5.")
@click.option("--start", type=click.Choice(["shipped"]), default=None,
              help="Begin with the run that comes with the package, instead of from nothing.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--play", is_flag=True, help="Play against the network in OUT, in the terminal.")
@click.option("--white", is_flag=True, help="With --play: take white.")
@click.option("--sgf", type=click.Path(path_type=Path, dir_okay=False), default=None,
              help="Show and score a game, and learn nothing.")
def go(out: Path, board: str, generations: int, games: int, simulations: int, rollouts: int, every: int,
       komi: float | None, start: str | None, seed: int, play: bool, white: bool, sgf: Path | None) -> None:
    """A network learns Go on a small board from games against itself alone.

    The result is OUT/index.html with the curve OUT/elo.png, and the games it was measured by in OUT/games. The same
    command goes on where it was stopped.
    """
    if sgf is not None:
        show(sgf)
        return
    if play:
        play_terminal(out, white, simulations)
        return
    from tqdm import tqdm

    from companions.go import GoConfig, train
    from companions.go_rules import KOMI
    from companions.keeping import begin_shipped

    try:
        (out / "games").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} cannot be made ({error.strerror})") from error
    if start:
        begin_shipped("go", out / "checkpoint.npz")
    size = int(board)
    config = GoConfig(size=size, komi=KOMI[size] if komi is None else komi, games=games, simulations=simulations,
                      rollouts=rollouts, every=every, seed=seed)
    with tqdm(total=generations, unit=" generation", disable=None) as bar:

        def on_generation(progress: Progress) -> None:
            bar.update(progress.generation - bar.n)
            bar.set_postfix_str("policy {:.2f}, value {:.2f}".format(*progress.losses[-1]))

        _, progress = train(config, generations, out, on_generation)
    ratings = progress.ratings()
    click.echo(f"{progress.generation * games} games against itself in {progress.seconds / 60:.1f} minutes")
    for name in sorted(ratings, key=lambda n: ratings[n]):
        click.echo(f"{ratings[name]:7.0f} Elo  {name}")
    last = f"network {progress.measured[-1][0]}"
    for result in progress.results:
        if result.first == last:
            click.echo(f"{last}: {result.points:g} of {result.games} points against {result.second}")
    click.echo(f"{out / 'index.html'}")


def show(path: Path) -> None:
    """Print a game's last position, its moves and its score."""
    from companions.go_rules import name_of, outcome, read_sgf

    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    game = read_sgf(text)
    last = game.positions()[-1]
    black, white = last.area()
    click.echo(f"black {game.players[0] or '?'}, white {game.players[1] or '?'}, komi {game.komi:g}")
    click.echo(" ".join(f"{i}.{name_of(m, game.size)}" for i, m in enumerate(game.moves, 1)))
    click.echo(str(last))
    said = f"; the file says {game.result}" if game.result else ""
    click.echo(f"area {black} to {white}: {outcome(last.margin(game.komi))}{said}")


def play_terminal(out: Path, white: bool, simulations: int) -> None:
    """A game of the user against the network in `out`; kept as OUT/games/played.sgf."""
    import numpy as np

    from companions.go import Network, load
    from companions.go_match import finished, searching_player
    from companions.go_rules import WHITE, Game, Position, move_of, name_of, outcome, write_sgf
    from omr.files import replacing

    config = load(out)[0]
    network = Network(config)
    load(out, network)
    choose = searching_player(network.evaluate, simulations, config.komi, np.random.default_rng())
    position, moves = Position(config.size), []
    click.echo(f"You are {'white (O)' if white else 'black (X)'}; komi {config.komi:g}. Say C3, pass or quit.")
    while not finished(position):
        click.echo(str(position))
        if (position.turn == WHITE) == white:
            said = click.prompt("your move", prompt_suffix="> ")
            if said.strip().lower() == "quit":
                break
            try:
                move = move_of(said, config.size)
                position = position.play(move)
            except OmrError as error:
                click.echo(str(error))
                continue
        else:
            move = choose([position])[0]
            position = position.play(move)
            click.echo(f"network: {name_of(move, config.size)}")
        moves.append(move)
    result = outcome(position.margin(config.komi))
    click.echo(f"{position}\n{result}")
    players = ("network", "you") if white else ("you", "network")
    with replacing(out / "games" / "played.sgf") as temporary:
        temporary.write_text(write_sgf(Game(config.size, tuple(moves), config.komi, result=result, players=players)))
