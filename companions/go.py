"""AlphaGo Zero in small: a network learns Go on a 5 x 5 board from games against itself, and from nothing else.

    omr talk go -o go/            # learn, and show the Elo curve on a page
    omr talk go -o go/ --play     # play against it
    omr talk go --sgf game.sgf    # show and score a game

Cost on two cores that do other work too: 12 generations of 48 games, 7 minutes to learn and 4 to be measured.
Expected: 512 Elo above a random player after 576 games against itself, and above plain MCTS with 100 rollouts (279 Elo)
after 384. Matches of 12 games leave each figure uncertain by about 100 Elo.
Source: Silver et al., "Mastering the game of Go without human knowledge" (Nature 550, 2017). Different here: a network
of 3 residual blocks of 32 filters instead of 19 of 256, which sees the stones and who moves but no earlier boards; the
newest network plays itself without a gate; dozens of walks a move instead of 1600.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from companions import page
from companions.chapters import in_talk
from companions.go_match import (
    Result,
    draw,
    elo,
    finished,
    play_match,
    random_player,
    rollout_player,
    searching_player,
)
from companions.go_rules import COLUMNS, KOMI, Game, Position, outcome, write_sgf
from companions.go_search import search
from omr.errors import DataError
from omr.files import replacing

FILTERS, BLOCKS = 32, 3
BATCH, STEPS = 128, 60
"""Of training after each generation of games."""
WINDOW = 10
"""Generations whose positions are learned from."""
RANDOM = "random"


@dataclass(frozen=True)
class GoConfig:
    """What a run may be asked. games: side by side, a generation; simulations: walks a move; rollouts: of the plain
    MCTS it is measured against; every: generations between measurements of `match_games` games a pair."""

    size: int = 5
    komi: float = KOMI[5]
    games: int = 48
    simulations: int = 40
    rollouts: int = 100
    every: int = 4
    match_games: int = 12
    learning_rate: float = 2e-3
    seed: int = 0


@dataclass
class Progress:
    """generation: how many are done; seconds: of self-play and training; measured: (generation, games played, seconds)
    at each measurement; shown: the latest game against plain MCTS."""

    generation: int = 0
    seconds: float = 0.0
    results: list[Result] = field(default_factory=list)
    measured: list[tuple[int, int, float]] = field(default_factory=list)
    losses: list[tuple[float, float]] = field(default_factory=list)
    shown: Game | None = None

    def ratings(self) -> dict[str, float]:
        return elo(self.results, RANDOM)


def planes(positions: Sequence[Position]) -> np.ndarray:
    """(B, size, size, 3) float32: stones of who is to move, the other's, and ones if black is to move."""
    size = positions[0].size
    stones = np.array([(p.stones[p.turn], p.stones[1 - p.turn]) for p in positions], np.int64)  # (B, 2)
    spread = stones[:, :, None] >> np.arange(size * size) & 1  # (B, 2, size * size)
    turn = np.array([[p.turn == 0] for p in positions]).repeat(size * size, 1)[:, None]
    boards = np.concatenate([spread, turn], 1).reshape(len(positions), 3, size, size)
    return boards.transpose(0, 2, 3, 1).astype(np.float32)


def turned(boards: np.ndarray, policies: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A batch under one of the board's eight symmetries: boards (B, size, size, 3), policies (B, size * size + 1)."""
    size = boards.shape[1]
    grid = policies[:, :-1].reshape(-1, size, size)
    turns, flip = int(rng.integers(4)), bool(rng.integers(2))
    boards, grid = np.rot90(boards, turns, (1, 2)), np.rot90(grid, turns, (1, 2))
    if flip:
        boards, grid = boards[:, :, ::-1], grid[:, :, ::-1]
    return boards, np.concatenate([grid.reshape(len(grid), -1), policies[:, -1:]], 1)


class Network:
    """Policy and value of positions, and how they are learned."""

    def __init__(self, config: GoConfig) -> None:
        import keras
        import tensorflow as tf
        from keras import layers

        keras.utils.set_random_seed(config.seed)
        size = config.size
        board = keras.Input((size, size, 3))

        def convolved(x: Any, filters: int, side: int) -> Any:
            return layers.BatchNormalization(momentum=0.9)(
                layers.Conv2D(filters, side, padding="same", use_bias=False)(x))

        x = layers.ReLU()(convolved(board, FILTERS, 3))
        for _ in range(BLOCKS):
            y = layers.ReLU()(convolved(x, FILTERS, 3))
            x = layers.ReLU()(layers.Add()([x, convolved(y, FILTERS, 3)]))
        policy = layers.Dense(size * size + 1)(layers.Flatten()(layers.ReLU()(convolved(x, 4, 1))))
        hidden = layers.Dense(32, activation="relu")(layers.Flatten()(layers.ReLU()(convolved(x, 2, 1))))
        self.model = keras.Model(board, [policy, layers.Dense(1, activation="tanh")(hidden)])
        self._optimizer = keras.optimizers.AdamW(config.learning_rate, weight_decay=1e-4)
        self._optimizer.build(self.model.trainable_variables)
        boards = tf.TensorSpec((None, size, size, 3), tf.float32)

        def infer(x: Any) -> Any:
            logits, value = self.model(x, training=False)
            return tf.nn.softmax(logits), value[:, 0]

        def learn(x: Any, target: Any, won: Any) -> Any:
            with tf.GradientTape() as tape:
                logits, value = self.model(x, training=True)
                policy_loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(target, logits))
                value_loss = tf.reduce_mean((value[:, 0] - won) ** 2)
                loss = policy_loss + value_loss
            self._optimizer.apply(tape.gradient(loss, self.model.trainable_variables), self.model.trainable_variables)
            return policy_loss, value_loss

        # One trace for every batch size: games end, and batches shrink.
        self._infer = tf.function(infer, input_signature=[boards])
        self._learn = tf.function(learn, input_signature=[
            boards, tf.TensorSpec((None, size * size + 1), tf.float32), tf.TensorSpec((None,), tf.float32)])

    def evaluate(self, positions: Sequence[Position]) -> tuple[np.ndarray, np.ndarray]:
        """As `go_search.Evaluate`."""
        policy, value = self._infer(planes(positions))
        return policy.numpy(), value.numpy()

    def learn(self, boards: np.ndarray, policies: np.ndarray, won: np.ndarray, steps: int, rng: np.random.Generator,
              ) -> tuple[float, float]:
        """Mean losses of policy (cross entropy, nats) and value (squared error) over `steps` batches."""
        losses = []
        for _ in range(steps):
            chosen = rng.integers(len(boards), size=BATCH)
            x, target = turned(boards[chosen], policies[chosen], rng)
            losses.append([float(v) for v in self._learn(np.ascontiguousarray(x, np.float32), target, won[chosen])])
        policy, value = np.mean(losses, axis=0)
        return float(policy), float(value)

    def variables(self) -> list[Any]:
        return [*self.model.variables, *self._optimizer.variables]


Examples = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Boards (N, size, size, 3) float32, policies (N, size * size + 1) float32, who won (N,): 1 who is to move, -1."""


def self_play(network: Network, config: GoConfig, rng: np.random.Generator) -> Examples:
    """A generation of games of the network against itself."""
    positions = [Position(config.size) for _ in range(config.games)]
    kept: list[list[tuple[Position, np.ndarray]]] = [[] for _ in positions]
    while True:
        going = [i for i, p in enumerate(positions) if not finished(p)]
        if not going:
            break
        visits = search([positions[i] for i in going], network.evaluate, config.simulations, config.komi, rng)
        for i, row in zip(going, visits, strict=True):
            kept[i].append((positions[i], row / row.sum()))
            is_opening = positions[i].moves < config.size * config.size // 3
            positions[i] = positions[i].play(draw(row, rng) if is_opening else int(row.argmax()))
    seen = [p for game in kept for p, _ in game]
    policies = np.array([policy for game in kept for _, policy in game], np.float32)
    won = [np.sign(last.margin(config.komi)) * (1 - 2 * p.turn)
           for last, game in zip(positions, kept, strict=True) for p, _ in game]
    return planes(seen), policies, np.array(won, np.float32)


def measure(network: Network, previous: list[np.ndarray], progress: Progress, config: GoConfig, folder: Path) -> None:
    """Matches of today's network: against random, plain MCTS and the network of the last measurement; games as SGF."""
    from companions.go_match import Player

    name = f"network {progress.generation}"
    rng = np.random.default_rng([config.seed, progress.generation, 1])
    plain = f"MCTS, {config.rollouts} rollouts"
    ours = searching_player(network.evaluate, config.simulations, config.komi, rng)
    rivals: list[tuple[str, Player]] = [
        (RANDOM, random_player(rng)), (plain, rollout_player(config.rollouts, config.komi, rng))]
    if progress.measured:
        other = Network(config)
        other.model.set_weights(previous)
        rivals.append((f"network {progress.measured[-1][0]}",
                       searching_player(other.evaluate, config.simulations, config.komi, rng)))
    else:
        points, _ = play_match(rivals[1][1], rivals[0][1], (plain, RANDOM), config.match_games, config.size,
                               config.komi)
        progress.results.append(Result(plain, RANDOM, points, config.match_games))
    (folder / "games").mkdir(exist_ok=True)
    for rival, player in rivals:
        points, games = play_match(ours, player, (name, rival), config.match_games, config.size, config.komi)
        progress.results.append(Result(name, rival, points, config.match_games))
        if rival == plain:
            progress.shown = games[0]
        record = f"{name} {rival.split(',')[0]}.sgf".replace(" ", "-")
        with replacing(folder / "games" / record) as temporary:
            temporary.write_text("".join(write_sgf(game) for game in games))
    progress.measured.append((progress.generation, progress.generation * config.games, progress.seconds))


def train(config: GoConfig, generations: int, folder: Path, on_generation: Callable[[Progress], None],
          ) -> tuple[Network, Progress]:
    """Learn up to `generations` generations, going on with the checkpoint in `folder`. Raises DataError if that is of
    other options."""
    network, progress = Network(config), Progress()
    window: list[Examples] = []
    previous = network.model.get_weights()
    if (folder / "checkpoint.npz").exists():
        saved, progress, window, previous = load(folder, network)
        if saved != config:
            raise DataError(f"{folder / 'checkpoint.npz'} is of other options; choose another folder with -o")
    if not progress.measured:
        measure(network, previous, progress, config, folder)
    _show(progress, config, folder)
    while progress.generation < generations:
        start = time.perf_counter()
        rng = np.random.default_rng([config.seed, progress.generation])
        window = [*window, self_play(network, config, rng)][-WINDOW:]
        boards, policies, won = (np.concatenate(parts) for parts in zip(*window, strict=True))
        progress.losses.append(network.learn(boards, policies, won, STEPS, rng))
        progress.generation += 1
        progress.seconds += time.perf_counter() - start
        if progress.generation % config.every == 0 or progress.generation == generations:
            measure(network, previous, progress, config, folder)
            previous = network.model.get_weights()
            _show(progress, config, folder)
        _save(folder, network, config, progress, window, previous)
        on_generation(progress)
    return network, progress


def _save(folder: Path, network: Network, config: GoConfig, progress: Progress, window: Sequence[Examples],
          previous: Sequence[np.ndarray]) -> None:
    arrays = {f"v{i}": np.asarray(v) for i, v in enumerate(network.variables())}
    arrays |= {f"p{i}": w for i, w in enumerate(previous)}
    arrays |= {f"w{i}.{j}": part for i, examples in enumerate(window) for j, part in enumerate(examples)}
    with replacing(folder / "checkpoint.npz") as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, config=json.dumps(asdict(config)), progress=json.dumps(asdict(progress)),
                            window=len(window), previous=len(previous), **arrays)  # type: ignore[arg-type]


def load(folder: Path, network: Network | None = None,
         ) -> tuple[GoConfig, Progress, list[Examples], list[np.ndarray]]:
    """Options, progress, positions to learn from and the weights last measured; the network's variables are set.
    Raises DataError if there is no checkpoint, or a damaged one."""
    path = folder / "checkpoint.npz"
    if not path.exists():
        raise DataError(f"{folder} holds no network yet; let one learn first: omr talk go -o {folder}")
    try:
        with np.load(path) as saved:
            config = GoConfig(**json.loads(str(saved["config"])))
            kept = json.loads(str(saved["progress"]))
            window = [(saved[f"w{i}.0"], saved[f"w{i}.1"], saved[f"w{i}.2"]) for i in range(int(saved["window"]))]
            previous = [saved[f"p{i}"] for i in range(int(saved["previous"]))]
            if network is not None and config.size == network.model.input_shape[1]:
                for i, variable in enumerate(network.variables()):
                    if f"v{i}" in saved:  # the shipped run is without what its optimiser remembered
                        variable.assign(saved[f"v{i}"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged ({error}); remove it to begin again") from error
    game = kept["shown"]
    shown = Game(**{**game, "moves": tuple(game["moves"]), "setup": tuple(game["setup"]),
                    "players": tuple(game["players"])}) if game else None
    progress = Progress(kept["generation"], kept["seconds"], [Result(**r) for r in kept["results"]],
                        [(int(a), int(b), float(c)) for a, b, c in kept["measured"]],
                        [(float(a), float(b)) for a, b in kept["losses"]], shown)
    return config, progress, window, previous


def draw_curve(progress: Progress, config: GoConfig) -> bytes:
    """Elo over games played, and the latest game against plain MCTS, as PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (curve, board) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained", width_ratios=(3, 2))
    ratings = progress.ratings()
    games = [count for _, count, _ in progress.measured]
    curve.plot(games, [ratings[f"network {g}"] for g, _, _ in progress.measured], "o-", color="#b30",
               label=f"network with {config.simulations} walks")
    plain = f"MCTS, {config.rollouts} rollouts"
    curve.axhline(ratings[plain], color="#357", linestyle="--", label=f"plain {plain}")
    curve.axhline(0, color="#999", linestyle=":", label="random player")
    minutes = progress.seconds / 60
    curve.set(xlabel=f"games against itself ({minutes:.0f} minutes in all)", ylabel="Elo above the random player")
    curve.legend(frameon=False)
    if progress.shown is not None:
        _draw_board(board, progress.shown)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    plt.close(figure)
    return buffer.getvalue()


def _show(progress: Progress, config: GoConfig, folder: Path) -> None:
    """Write the run as `folder`/elo.png and as `folder`/index.html."""
    curve = draw_curve(progress, config)
    with replacing(folder / "elo.png") as temporary:
        temporary.write_bytes(curve)
    ratings = progress.ratings()
    last = f"network {progress.measured[-1][0]}"
    parts = [
        in_talk("go"),
        page.words(f"The network sees a board of {config.size} x {config.size} lines and says p and v. Before every "
                   f"move a search walks {config.simulations} times through the moves that follow, along those that p "
                   "and v make promising; how often it took each first move is π. The network learns π and z from "
                   "games against itself, and from nothing else: it is told the rules, no game of a person."),
        page.embedded(curve, "left: how strong each network was, by the games it had learned from; right: the end of "
                             "its last game against plain search"),
        page.heading("How strong"),
        page.words("Elo: 100 more are won in 64 of 100 games, 400 more in 91. A random player stands at 0. Plain MCTS "
                   f"searches too, but judges a position by playing on at random; it plays {config.rollouts} such "
                   f"games a move. A rating out of matches of {config.match_games} games is uncertain by about 100."),
        page.table(["player", "Elo"], [[name, f"{rating:.0f}"]
                                       for name, rating in sorted(ratings.items(), key=lambda r: r[1])]),
        page.heading(f"The last matches, of {last}"),
        page.table(["against", "points", "of games"], [[r.second, f"{r.points:g}", r.games] for r in progress.results
                                                       if r.first == last]),
        page.words("The games of every match lie in the folder games, as SGF; omr talk go --sgf shows and scores one."),
    ]
    page.write(folder / "index.html", "A network plays itself", parts)


def _draw_board(axes: Any, game: Game) -> None:
    """The last position, each stone with the number of its move."""
    size, last = game.size, game.positions()[-1]
    axes.set(xlim=(-0.7, size - 0.3), ylim=(size - 0.3, -0.7), aspect="equal", facecolor="#e8c98a",
             xticks=range(size), yticks=range(size))
    axes.set_xticklabels(list(COLUMNS[:size]))
    axes.set_yticklabels([str(size - row) for row in range(size)])
    for line in range(size):
        axes.plot([0, size - 1], [line, line], color="#543", linewidth=0.8, zorder=1)
        axes.plot([line, line], [0, size - 1], color="#543", linewidth=0.8, zorder=1)
    numbers = {move: number for number, move in enumerate(game.moves, 1)}
    for point in range(size * size):
        colour = next((c for c in (0, 1) if last.stones[c] >> point & 1), None)
        if colour is not None:
            row, col = divmod(point, size)
            axes.scatter(col, row, s=620 * (5 / size) ** 2, color=("#111", "#fff")[colour], edgecolors="#333", zorder=2)
            axes.text(col, row, str(numbers.get(point, "")), color=("#fff", "#111")[colour], ha="center", va="center",
                      zorder=3)
    axes.set_title(f"black: {game.players[0]}; white: {game.players[1]}\n{outcome(last.margin(game.komi))} after "
                   f"{len(game.moves)} moves; stones taken are not shown", fontsize=9)
