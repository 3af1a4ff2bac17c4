"""Players of Go, matches between them, and what the results say in Elo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from companions.go_rules import Game, Position, outcome
from companions.go_search import Evaluate, random_move, rollout_evaluate, search

Player = Callable[[Sequence[Position]], list[int]]
"""Positions of several games -> a move for each."""
OPENING_MOVES = 4
"""So many moves of a game are drawn by their visits, or two networks would play the same game over and over."""


def random_player(rng: np.random.Generator) -> Player:
    return lambda positions: [random_move(p, rng) for p in positions]


def searching_player(evaluate: Evaluate, simulations: int, komi: float, rng: np.random.Generator) -> Player:
    """The most visited move after a search; in the opening any, by its visits."""
    def choose(positions: Sequence[Position]) -> list[int]:
        visits = search(positions, evaluate, simulations, komi)
        return [draw(row, rng) if p.moves < OPENING_MOVES else int(row.argmax())
                for p, row in zip(positions, visits, strict=True)]

    return choose


def rollout_player(rollouts: int, komi: float, rng: np.random.Generator) -> Player:
    """Plain MCTS: as many random games a move."""
    return searching_player(rollout_evaluate(komi, rng), rollouts, komi, rng)


def draw(visits: np.ndarray, rng: np.random.Generator) -> int:
    """A move by its share of the visits, (size * size + 1,)."""
    return int(rng.choice(len(visits), p=visits / visits.sum()))


def finished(position: Position) -> bool:
    """Over, or so long that it is scored as it stands."""
    return position.over or position.moves >= 2 * position.pass_move


def play_match(first: Player, second: Player, names: tuple[str, str], games: int, size: int, komi: float,
               ) -> tuple[float, list[Game]]:
    """Points of `first` (1 a win, 1/2 a draw) in `games` games, of which it has black in every other; and the games."""
    positions = [Position(size) for _ in range(games)]
    moves: list[list[int]] = [[] for _ in range(games)]
    while True:
        going = [i for i, p in enumerate(positions) if not finished(p)]
        if not going:
            break
        for player, mine in ((first, 0), (second, 1)):
            # Game i gives black to the first player if i is even.
            turn = [i for i in going if (positions[i].turn + i) % 2 == mine and not finished(positions[i])]
            for i, move in zip(turn, player([positions[i] for i in turn]) if turn else [], strict=True):
                positions[i] = positions[i].play(move)
                moves[i].append(move)
    played, points = [], 0.0
    for i, position in enumerate(positions):
        margin = position.margin(komi)
        won = 0.5 if margin == 0 else float(margin > 0)
        points += won if i % 2 == 0 else 1 - won
        who = names if i % 2 == 0 else (names[1], names[0])
        played.append(Game(size, tuple(moves[i]), komi, result=outcome(margin), players=who))
    return points, played


@dataclass(frozen=True)
class Result:
    """So many points of `first` in so many games against `second`."""

    first: str
    second: str
    points: float
    games: int


def elo(results: Sequence[Result], zero: str) -> dict[str, float]:
    """Ratings by Bradley and Terry's model, `zero` at 0, fitted by Hunter's MM algorithm (2004).

    Every pair that met is given one drawn game more. So a player that won everything is rated as high as so many games
    can say: 12 of 12 are 13/14 of a point a game, 446 Elo.
    """
    names = sorted({n for r in results for n in (r.first, r.second)})
    place = {n: i for i, n in enumerate(names)}
    points, met = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for r in results:
        i, j = place[r.first], place[r.second]
        points[i] += r.points + 0.5
        points[j] += r.games - r.points + 0.5
        met[i, j] += r.games + 1
        met[j, i] += r.games + 1
    strength = np.ones(len(names))
    for _ in range(2000):
        strength = points / (met / (strength[:, None] + strength[None, :])).sum(axis=1)
        strength /= np.exp(np.log(strength).mean())
    ratings = 400 * np.log10(strength)
    return {n: float(ratings[place[n]] - ratings[place[zero]]) for n in names}
