"""Go: the rules, the search, the ratings, SGF, and that a network learns from its games."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from companions.chapters import in_talk
from companions.go_match import Result, elo, play_match, random_player, rollout_player
from companions.go_rules import BLACK, Game, Position, move_of, name_of, outcome, read_sgf, write_sgf
from companions.go_search import rollout_evaluate, search
from omr.errors import DataError


def board(text: str, turn: int = BLACK) -> Position:
    """A position from rows of X (black), O (white) and dots."""
    rows = text.split()
    stones = [sum(1 << r * len(rows) + c for r, row in enumerate(rows) for c, mark in enumerate(row) if mark == colour)
              for colour in "XO"]
    return Position(len(rows), (stones[0], stones[1]), turn, frozenset({(stones[0], stones[1])}))


def drawn(position: Position) -> str:
    n = position.size
    marks = [".XO"[(position.stones[0] >> p & 1) + 2 * (position.stones[1] >> p & 1)] for p in range(n * n)]
    return " ".join("".join(marks[r * n : (r + 1) * n]) for r in range(n))


def test_a_group_without_liberties_is_taken() -> None:
    before = board(".XX.. XOOX. .X... ..... .....")
    assert drawn(before.play(move_of("C3", 5))) == ".XX.. X..X. .XX.. ..... ....."


def test_two_groups_are_taken_at_once_and_the_taker_lives_by_it() -> None:
    before = board(".OX.. OX... X.... ..... .....")
    assert drawn(before.play(move_of("A5", 5))) == "X.X.. .X... X.... ..... ....."


def test_a_row_does_not_hang_together_with_the_next_over_the_edge() -> None:
    before = board("....O X.... ..... ..... .....")
    assert drawn(before.play(move_of("D5", 5))) == "...XO X.... ..... ..... .....", "white still breathes at E4"


def test_suicide_is_forbidden_for_one_stone_and_for_many() -> None:
    assert move_of("A5", 5) not in board(".O... O.... ..... ..... .....").legal()
    two = board("X.O.. OO... ..... ..... .....")
    assert move_of("B5", 5) not in two.legal()
    with pytest.raises(DataError, match="B5 is illegal"):
        two.play(move_of("B5", 5))


def test_a_ko_may_not_be_retaken_at_once_but_after_a_move_elsewhere() -> None:
    taken = board(".XO.. XO.O. .XO.. ..... .....").play(move_of("C4", 5))
    assert drawn(taken) == ".XO.. X.XO. .XO.. ..... ....."
    back = move_of("B4", 5)
    assert back not in taken.legal()
    later = taken.play(move_of("E1", 5)).play(move_of("A1", 5))
    assert back in later.legal()


def test_superko_forbids_a_board_of_six_moves_ago() -> None:
    position = Position(2)
    for name in ("A1", "B2", "B1", "A2", "A1", "B1"):
        position = position.play(move_of(name, 2))
    assert drawn(position) == "OO .O"
    assert move_of("A1", 2) not in position.legal(), "it would take all three and leave the board of the first move"
    forgetful = Position(2, position.stones, position.turn)
    assert drawn(forgetful.play(move_of("A1", 2))) == ".. X."


def test_legal_moves_agree_with_trying_each() -> None:
    rng = np.random.default_rng(3)
    for size in (3, 5):
        for _ in range(12):
            position = Position(size)
            while not position.over and position.moves < 3 * size * size:
                moves = position.legal()
                assert moves == [*(p for p in range(size * size) if position.after(p) is not None), size * size]
                position = position.play(moves[int(rng.integers(len(moves)))])


def test_area_counts_territory_and_leaves_points_between_both_neutral() -> None:
    split = board(".X.O. .X.O. .X.O. .X.O. .X.O.")
    assert split.area() == (10, 10) and split.margin(0.5) == -0.5 and outcome(-0.5) == "W+0.5"
    # Each has an eye, and whoever fills the two liberties they share is taken: seki, and the two points are nobody's.
    assert board("XXXXX XOOOX OO.XX .O.X. OOOXX").area() == (13, 10)
    assert Position(5).area() == (0, 0)


def test_sgf_gives_back_what_was_written() -> None:
    moves = tuple(move_of(name, 5) for name in ("C3", "C4", "D4", "pass", "B4", "A1", "pass", "pass"))
    game = Game(5, moves, 6.5, result="B+3.5", players=("a [b] \\ c", "network 3"))
    assert read_sgf(write_sgf(game)) == game
    set_up = Game(5, (0, 24), 0.5, (1 << 7 | 1 << 8, 1 << 12))
    assert read_sgf(write_sgf(set_up)) == set_up
    assert [name_of(m, 5) for m in moves[:4]] == ["C3", "C4", "D4", "pass"]


def test_sgf_with_variations_comments_and_passes_is_read_by_its_main_line() -> None:
    game = read_sgf("(;GM[1]FF[4]SZ[7]KM[8.5]C[a \\] b; (c)]\n;B[dd]C[x](;W[cc];B[tt])(;W[ee]))")
    assert game == Game(7, (24, 16, 49), 8.5)


@pytest.mark.parametrize("text", ["", "hello", "(;SZ[5];B[zz])", "(;SZ[50];B[aa])", "(;SZ[x])", "(;SZ[5];B[aa]"])
def test_what_is_no_sgf_is_one_clear_error(text: str) -> None:
    with pytest.raises(DataError):
        read_sgf(text)


def test_an_illegal_move_of_a_game_is_named() -> None:
    with pytest.raises(DataError, match="move 2: C3 is illegal"):
        Game(5, (12, 12), 0.0).positions()


def test_search_finds_the_capture_that_wins() -> None:
    # Both rows at the top live by A5 alone. With this komi black wins only by taking all.
    atari = board(".XXXX OOOOO XXXXX ..... .....")
    visits = search([atari], rollout_evaluate(9.5, np.random.default_rng(0)), 200, 9.5)[0]
    assert visits.sum() == 200 and int(visits.argmax()) == move_of("A5", 5)


def test_ratings_follow_the_results() -> None:
    ratings = elo([Result("a", "b", 9, 12), Result("b", "c", 9, 12)], "c")
    assert ratings["c"] == 0 and ratings["a"] > ratings["b"] > 100
    assert elo([Result("a", "b", 12, 12)], "b")["a"] == pytest.approx(400 * np.log10(12.5 / 0.5), abs=1)


def test_plain_search_beats_random_moves() -> None:
    rng = np.random.default_rng(1)
    points, games = play_match(rollout_player(40, 0.5, rng), random_player(rng), ("mcts", "random"), 4, 5, 0.5)
    assert points >= 3 and {g.players[0] for g in games} == {"mcts", "random"}
    for game in games:
        assert outcome(game.positions()[-1].margin(0.5)) == game.result


def test_planes_and_symmetries_turn_a_board_and_its_policy_together() -> None:
    from companions.go import planes, turned

    position = Position(5).play(move_of("B5", 5)).play(move_of("E1", 5))
    boards = planes([position])
    assert boards[0, 0, 1].tolist() == [1, 0, 1] and boards[0, 4, 4].tolist() == [0, 1, 1]
    policy = np.zeros((1, 26), np.float32)
    policy[0, 1] = 1
    rng = np.random.default_rng(0)
    kinds = set()
    for _ in range(60):
        board_, target = turned(boards, policy, rng)
        assert board_[0, :, :, 0].reshape(-1).argmax() == target[0].argmax(), "the move stays on the stone"
        kinds.add(int(target[0].argmax()))
    assert len(kinds) == 8


def test_a_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from companions import go
    from companions.go import GoConfig, load, train

    monkeypatch.setattr(go, "STEPS", 3)
    monkeypatch.setattr(go, "BLOCKS", 1)  # half as much for TensorFlow to draw up
    config = GoConfig(games=2, simulations=3, rollouts=2, every=2, match_games=2)
    train(config, 1, tmp_path, lambda progress: None)
    _, progress = train(config, 2, tmp_path, lambda progress: None)
    assert progress.generation == 2 and [g for g, _, _ in progress.measured] == [0, 1, 2]
    assert (tmp_path / "elo.png").stat().st_size > 5000 and load(tmp_path)[1].ratings() == progress.ratings()
    shown = (tmp_path / "index.html").read_text()
    assert in_talk("go") in shown and "The last matches, of network 2" in shown
    assert f"<td>{progress.ratings()['network 2']:.0f}</td>" in shown
    with pytest.raises(DataError, match="other options"):
        train(GoConfig(games=3), 2, tmp_path, lambda progress: None)
