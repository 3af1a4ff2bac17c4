"""Monte Carlo tree search: PUCT, guided by a network's policy and value, and the plain kind, which plays to the end.

Many games are searched side by side: each simulation walks every game's tree to one leaf, and all leaves are valued in
one call, so that the network sees batches and a CPU is kept busy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from companions.go_rules import Position, bits, neighbours

Evaluate = Callable[[Sequence[Position]], tuple[np.ndarray, np.ndarray]]
"""Positions (B) -> policy (B, size * size + 1), which sums to 1, and value (B,) in [-1, 1] for who is to move."""
EXPLORATION = 1.6
NOISE_SHARE, NOISE_TOTAL = 0.25, 10.0
"""At the root of self-play; the total is shared by the legal moves (0.03 * 361, as the paper has it on 19 x 19)."""


class Node:
    """A position and, once expanded, what is known of its moves: priors, visits and sums of values, each (M,), for who
    is to move."""

    __slots__ = ("position", "moves", "prior", "visits", "total", "children")

    def __init__(self, position: Position) -> None:
        self.position = position
        self.moves: list[int] = []
        self.prior = self.visits = self.total = np.zeros(0)
        self.children: list[Node | None] = []

    def expand(self, policy: np.ndarray) -> None:
        self.moves = self.position.legal()
        prior = policy[self.moves].astype(np.float64)
        self.prior = prior / max(prior.sum(), 1e-9)
        self.visits, self.total = np.zeros(len(self.moves)), np.zeros(len(self.moves))
        self.children = [None] * len(self.moves)

    def best(self) -> int:
        """The place among the moves with the highest value plus exploration. A move without a visit counts as a
        slight loss, so that one good move is looked into before all others have been tried."""
        tried = np.maximum(self.visits, 1)
        value = np.where(self.visits > 0, self.total / tried, -0.2)
        return int((value + EXPLORATION * self.prior * np.sqrt(self.visits.sum() + 1) / (1 + self.visits)).argmax())


def ended_value(position: Position, komi: float) -> float:
    """+1 if who is to move has won, -1 if lost, 0 for a draw."""
    return float(np.sign(position.margin(komi))) * (1 - 2 * position.turn)


def search(positions: Sequence[Position], evaluate: Evaluate, simulations: int, komi: float,
           noise: np.random.Generator | None = None) -> np.ndarray:
    """Visits of each move, (B, size * size + 1), after `simulations` walks in every game. No position may be over.

    noise: Dirichlet noise on the roots' priors, for self-play.
    """
    roots = [Node(p) for p in positions]
    for root, policy in zip(roots, evaluate(positions)[0], strict=True):
        root.expand(policy)
        if noise is not None:
            count = len(root.moves)
            root.prior = (1 - NOISE_SHARE) * root.prior + NOISE_SHARE * noise.dirichlet([NOISE_TOTAL / count] * count)
    for _ in range(simulations):
        paths, leaves = [], []
        for root in roots:
            path, leaf = _walk(root)
            if leaf.position.over:
                _back_up(path, ended_value(leaf.position, komi))
            else:
                paths.append(path)
                leaves.append(leaf)
        if leaves:
            policies, values = evaluate([leaf.position for leaf in leaves])
            for path, leaf, policy, value in zip(paths, leaves, policies, values, strict=True):
                leaf.expand(policy)
                _back_up(path, float(value))
    visits = np.zeros((len(roots), positions[0].pass_move + 1))
    for row, root in zip(visits, roots, strict=True):
        row[root.moves] = root.visits
    return visits


def _walk(root: Node) -> tuple[list[tuple[Node, int]], Node]:
    """From the root to a node that was not expanded, and the choices on the way."""
    node, path = root, []
    while node.moves:
        choice = node.best()
        path.append((node, choice))
        child = node.children[choice]
        if child is None:
            child = node.children[choice] = Node(node.position.play(node.moves[choice]))
        node = child
    return path, node


def _back_up(path: list[tuple[Node, int]], value: float) -> None:
    """value: for who is to move at the leaf; it changes sign with every move."""
    for node, choice in reversed(path):
        value = -value
        node.visits[choice] += 1
        node.total[choice] += value


def rollout_evaluate(komi: float, rng: np.random.Generator) -> Evaluate:
    """The plain kind: every move alike, and the value is how one random game ends."""
    def evaluate(positions: Sequence[Position]) -> tuple[np.ndarray, np.ndarray]:
        moves = positions[0].pass_move + 1
        policy = np.full((len(positions), moves), 1 / moves)
        # Passes are left to the end of the board: otherwise the tree spends a share of its walks on giving up.
        policy[:, -1] = 0.1 / moves
        return policy, np.array([_rollout(p, komi, rng) for p in positions])

    return evaluate


def _rollout(position: Position, komi: float, rng: np.random.Generator) -> float:
    """The value of a random game for who is to move: nobody fills an eye, and passes only if nothing else is left."""
    start = position
    while not position.over and position.moves < start.moves + 3 * position.pass_move:
        position = position.play(random_move(position, rng))
    value = float(np.sign(position.margin(komi)))
    return value if start.turn == 0 else -value


def random_move(position: Position, rng: np.random.Generator) -> int:
    """Any legal move that fills no eye of one's own (a point all of whose neighbours are one's stones), else a pass."""
    size, mine = position.size, position.stones[position.turn]
    near = neighbours(size)
    empty = list(bits(((1 << size * size) - 1) & ~position.stones[0] & ~position.stones[1]))
    while empty:
        point = empty.pop(int(rng.random() * len(empty)))
        if near[point] & ~mine and position.after(point) is not None:
            return point
    return position.pass_move
