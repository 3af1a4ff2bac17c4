"""Go on a small board: positions, legal moves, the score, and games as SGF.

Rules: stones without liberties are taken; suicide is forbidden; no position of the whole board may come back
(positional superko); two passes end the game; area scoring after Tromp and Taylor (stones, and empty regions that reach
only one colour), so dead stones must be taken before the passes. White gets the komi.

A board is two sets of points, as bits of a Python int: point row * size + col, rows from the top. A move is a point, or
size * size for a pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from omr.errors import DataError

COLUMNS = "ABCDEFGHJKLMNOPQRST"
BLACK, WHITE = 0, 1
KOMI = {5: 6.5, 7: 8.5}
"""By board size. On 5 x 5 black, played perfectly, takes all 25 points, so no komi there makes perfect play fair."""


@cache
def neighbours(size: int) -> tuple[int, ...]:
    """The points beside each point, as bits."""
    masks = []
    for point in range(size * size):
        row, col = divmod(point, size)
        near = ((row - 1, col), (row + 1, col), (row, col - 1), (row, col + 1))
        masks.append(sum(1 << r * size + c for r, c in near if 0 <= r < size and 0 <= c < size))
    return tuple(masks)


@cache
def _edges(size: int) -> tuple[int, int, int]:
    """The whole board, and the board without its first and without its last column."""
    whole = (1 << size * size) - 1
    first = sum(1 << row * size for row in range(size))
    return whole, whole & ~first, whole & ~(first << size - 1)


def beside(points: int, size: int) -> int:
    """The points, and all that touch them."""
    whole, not_first, not_last = _edges(size)
    near = points | points << size | points >> size | (points & not_last) << 1 | (points & not_first) >> 1
    return near & whole


def region(seed: int, within: int, size: int) -> int:
    """All points of `within` that hang together with those of `seed`."""
    seen = seed & within
    while True:
        grown = beside(seen, size) & within
        if grown == seen:
            return seen
        seen = grown


def groups(stones: int, size: int) -> list[int]:
    """The stones of one colour, each group as a set of points."""
    found = []
    while stones:
        found.append(region(stones & -stones, stones, size))
        stones &= ~found[-1]
    return found


def bits(points: int) -> Iterable[int]:
    while points:
        low = points & -points
        yield low.bit_length() - 1
        points ^= low


@dataclass(frozen=True)
class Position:
    """stones: black's and white's points; turn: who moves; seen: all boards so far, this one too; passes: in a row, up
    to 2, when the game is over."""

    size: int
    stones: tuple[int, int] = (0, 0)
    turn: int = BLACK
    seen: frozenset[tuple[int, int]] = field(default=frozenset({(0, 0)}))
    passes: int = 0
    moves: int = 0

    @property
    def pass_move(self) -> int:
        return self.size * self.size

    @property
    def over(self) -> bool:
        return self.passes >= 2

    def after(self, point: int) -> tuple[int, int] | None:
        """The stones after a stone is set on `point`, None where the rules forbid it."""
        size, (mine, theirs) = self.size, (self.stones[self.turn], self.stones[1 - self.turn])
        stone = 1 << point
        if (mine | theirs) & stone:
            return None
        mine |= stone
        near = neighbours(size)[point]
        free = _edges(size)[0] & ~mine
        for other in bits(near & theirs):
            group = region(1 << other, theirs, size)  # empty where it went with a neighbour
            if not beside(group, size) & free & ~theirs:
                theirs &= ~group
        empty = _edges(size)[0] & ~mine & ~theirs
        if not near & empty and not beside(region(stone, mine, size), size) & empty:
            return None
        stones = (mine, theirs) if self.turn == BLACK else (theirs, mine)
        return None if stones in self.seen else stones

    def play(self, move: int) -> Position:
        """The position after a move. Raises DataError if it is illegal."""
        if self.over:
            raise DataError("the game is over")
        if move == self.pass_move:
            return Position(self.size, self.stones, 1 - self.turn, self.seen, self.passes + 1, self.moves + 1)
        stones = self.after(move) if 0 <= move < self.pass_move else None
        if stones is None:
            raise DataError(f"{name_of(move, self.size)} is illegal there")
        return Position(self.size, stones, 1 - self.turn, self.seen | {stones}, 0, self.moves + 1)

    def legal(self) -> list[int]:
        """All legal moves, rising; a pass is the last."""
        # As `after` for every empty point, with the groups and their liberties found once.
        size, (mine, theirs) = self.size, (self.stones[self.turn], self.stones[1 - self.turn])
        empty = _edges(size)[0] & ~mine & ~theirs
        ours = [beside(group, size) & empty for group in groups(mine, size)]
        captives = [(group, beside(group, size) & empty) for group in groups(theirs, size)]
        captives = [(group, free) for group, free in captives if free & (free - 1) == 0]  # one liberty only
        near, moves = neighbours(size), []
        for point in bits(empty):
            stone = 1 << point
            taken = sum(group for group, free in captives if free == stone)
            if not taken and not near[point] & empty and not any(free & stone and free != stone for free in ours):
                continue
            stones = (mine | stone, theirs & ~taken) if self.turn == BLACK else (theirs & ~taken, mine | stone)
            if stones not in self.seen:
                moves.append(point)
        return [*moves, self.pass_move]

    def area(self) -> tuple[int, int]:
        """Points of black and white: stones, and empty regions that touch one colour only."""
        counts = [self.stones[0].bit_count(), self.stones[1].bit_count()]
        empty = _edges(self.size)[0] & ~self.stones[0] & ~self.stones[1]
        while empty:
            group = region(empty & -empty, empty, self.size)
            empty &= ~group
            around = beside(group, self.size)
            touches = [bool(around & self.stones[c]) for c in (BLACK, WHITE)]
            if touches[0] != touches[1]:
                counts[touches.index(True)] += group.bit_count()
        return counts[0], counts[1]

    def margin(self, komi: float) -> float:
        """By how many points black is ahead."""
        black, white = self.area()
        return black - white - komi

    def __str__(self) -> str:
        rows = []
        for row in range(self.size):
            points = (row * self.size + col for col in range(self.size))
            marks = (".XO"[(self.stones[0] >> p & 1) + 2 * (self.stones[1] >> p & 1)] for p in points)
            rows.append(f"{self.size - row:2d} {' '.join(marks)}")
        return "\n".join([*rows, "   " + " ".join(COLUMNS[: self.size])])


def name_of(move: int, size: int) -> str:
    """C3, or pass: columns by letters without I, rows by numbers from the bottom."""
    if move == size * size:
        return "pass"
    row, col = divmod(move, size)
    return f"{COLUMNS[col]}{size - row}"


def move_of(name: str, size: int) -> int:
    """The move a name means. Raises DataError."""
    text = name.strip().upper()
    if text == "PASS":
        return size * size
    found = re.fullmatch(r"([A-HJ-T])(\d{1,2})", text)
    col, row = (COLUMNS.index(found[1]), size - int(found[2])) if found else (-1, -1)
    if not (0 <= col < size and 0 <= row < size):
        raise DataError(f"{name!r} is no move; say {COLUMNS[size // 2]}{size - size // 2} or pass")
    return row * size + col


@dataclass(frozen=True)
class Game:
    """A game: its moves, black first, from the stones set up (black's, white's)."""

    size: int
    moves: tuple[int, ...]
    komi: float
    setup: tuple[int, int] = (0, 0)
    result: str = ""
    players: tuple[str, str] = ("", "")

    def positions(self) -> list[Position]:
        """All positions from the first to the last. Raises DataError at an illegal move, with its number."""
        found = [Position(self.size, self.setup, BLACK, frozenset({self.setup}))]
        for number, move in enumerate(self.moves, 1):
            try:
                found.append(found[-1].play(move))
            except DataError as error:
                raise DataError(f"move {number}: {error}") from error
        return found


def outcome(margin: float) -> str:
    """As SGF has it: B+3.5, W+1, or 0 for a draw."""
    return "0" if margin == 0 else f"{'B' if margin > 0 else 'W'}+{abs(margin):g}"


def write_sgf(game: Game) -> str:
    """The game as SGF (FF 4)."""
    def at(point: int) -> str:
        row, col = divmod(point, game.size)
        return "" if point == game.size * game.size else chr(97 + col) + chr(97 + row)

    setup = "".join(f"{key}{''.join(f'[{at(p)}]' for p in bits(stones))}"
                    for key, stones in zip(("AB", "AW"), game.setup, strict=True) if stones)
    players = "".join(f"{key}[{_escaped(name)}]" for key, name in zip(("PB", "PW"), game.players, strict=True) if name)
    result = f"RE[{_escaped(game.result)}]" if game.result else ""
    moves = "".join(f";{'BW'[i % 2]}[{at(move)}]" for i, move in enumerate(game.moves))
    return f"(;FF[4]GM[1]CA[UTF-8]SZ[{game.size}]KM[{game.komi:g}]RU[Tromp-Taylor]{players}{result}{setup}{moves})\n"


def read_sgf(text: str) -> Game:
    """The main line of the first game of an SGF file. Raises DataError at what is no such game."""
    nodes = _main_line(text)
    root = nodes[0]

    def number(key: str, default: str) -> float:
        try:
            return float((root.get(key) or [default])[0])
        except ValueError as error:
            raise DataError(f"SGF: {key} is {root[key][0]!r}, no number") from error

    size = int(number("SZ", "19"))
    if not 2 <= size <= 19 or root.get("GM", ["1"]) != ["1"]:
        raise DataError("SGF: no game of Go on a board of 2 to 19 lines")

    def point(text: str) -> int:
        if text in ("", "tt"):  # both are a pass
            return size * size
        col, row = (ord(c) - 97 for c in text) if len(text) == 2 else (-1, -1)
        if not (0 <= col < size and 0 <= row < size):
            raise DataError(f"SGF: {text!r} is not on a board of {size} lines")
        return row * size + col

    stones = [0, 0]
    for colour, key in enumerate(("AB", "AW")):
        stones[colour] = sum({1 << point(value) for value in root.get(key, []) if value})
    moves: list[int] = []
    for node in nodes:
        for key in ("B", "W"):
            if key in node:
                if key != "BW"[len(moves) % 2]:  # a handicap game: who moves first here has passed in ours
                    moves.append(size * size)
                moves.append(point(node[key][0]))
    players = (root.get("PB", [""])[0], root.get("PW", [""])[0])
    return Game(size, tuple(moves), number("KM", "0"), (stones[0], stones[1]), root.get("RE", [""])[0], players)


def _main_line(text: str) -> list[dict[str, list[str]]]:
    """The properties of each node, following the first variation wherever there are several."""
    token = re.compile(r"\s*(?:([();])|([A-Za-z]+)\s*(?=\[)|\[((?:\\.|[^\]\\])*)\])", re.DOTALL)
    start = text.find("(")
    nodes: list[dict[str, list[str]]] = []
    at, key, closed = max(start, 0), "", False
    while start >= 0 and at < len(text) and not closed:
        found = token.match(text, at)
        if found is None:
            raise DataError(f"SGF: not understood at {text[at : at + 12].strip()!r}")
        at = found.end()
        if found[1] == ";":
            nodes.append({})
            key = ""
        elif found[1] == ")":
            closed = True
        elif found[2] and nodes:
            key = "".join(c for c in found[2] if c.isupper())
            nodes[-1].setdefault(key, [])
        elif found[3] is not None and nodes and key:
            nodes[-1][key].append(re.sub(r"\\(.)", r"\1", found[3], flags=re.DOTALL))
    if not nodes or not closed:
        raise DataError("SGF: no whole game in it; a game is (;FF[4]GM[1]SZ[5];B[cc];W[cb])")
    return nodes


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("]", "\\]")
