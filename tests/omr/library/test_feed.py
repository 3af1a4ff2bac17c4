"""Tasks go to the cluster a window at a time, each once, and a cluster that is lost is said to be."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from omr.errors import ClusterError
from omr.library.cluster import local_cluster, running_cluster
from omr.library.feed import LEAST, feed


def _double(number: int) -> int:
    if number == 13:
        raise ValueError("unlucky")
    return 2 * number


def test_every_task_is_done_once_and_few_are_known_at_a_time() -> None:
    numbers = iter(range(300))
    flying: set[int] = set()
    answers: dict[int, object] = {}
    most = 0

    def take(room: int) -> Sequence[int]:
        nonlocal most
        taken = [number for _, number in zip(range(room), numbers, strict=False)]
        flying.update(taken)
        most = max(most, len(flying))
        return taken

    def done(number: int, answer: object) -> None:
        flying.remove(number)
        assert number not in answers
        answers[number] = answer

    with local_cluster(2, processes=False) as client:
        feed(client, _double, take, done)
    assert isinstance(answers.pop(13), ValueError)
    assert answers == {number: 2 * number for number in range(300) if number != 13}
    assert LEAST // 2 < most <= LEAST


def test_a_lost_scheduler_ends_the_run() -> None:
    with local_cluster(1, processes=False) as client:
        def done(number: int, answer: object) -> None:
            client.cluster.close()

        with pytest.raises(ClusterError, match=r"the scheduler was lost.*\. Run the same command again"):
            feed(client, _double, lambda room: range(room), done)


def test_a_scheduler_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omr.library.cluster.CONNECT_SECONDS", 1)
    with pytest.raises(ClusterError, match="no scheduler answers at tcp://127.0.0.1:9"), \
            running_cluster("tcp://127.0.0.1:9"):
        pass
