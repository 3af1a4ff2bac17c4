"""The server: what it answers, and whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from starlette.testclient import TestClient

from omr.review.review import Review
from omr.review.server import make_app
from tests.review.conftest import center

BASE = "http://127.0.0.1:8000"


@pytest.fixture
def client(review: Review) -> Iterator[TestClient]:
    with TestClient(make_app(review, "SECRET", 8000), base_url=BASE) as client:
        yield client


def get(client: TestClient, path: str) -> Any:
    answer = client.get(f"/SECRET/api/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_state_and_notes_fit_the_engraving(client: TestClient) -> None:
    state = get(client, "state")
    assert [m["index"] for m in state["measures"]] == list(range(len(state["measures"])))
    assert state["systems"][0]["measures"][0] == 0
    assert state["systems"][-1]["measures"][1] == len(state["measures"]) - 1
    first, last = state["systems"][1]["measures"]
    svg = client.get("/SECRET/api/systems/1.svg").text
    ids = {e.get("id") for e in etree.fromstring(svg.encode()).iter() if e.get("id")}
    assert {f"m{i}" for i in range(first, last + 1)} <= ids
    for index in range(first, last + 1):
        for note in get(client, f"measures/{index}")["notes"]:
            assert note["id"] in ids and note["boxes"]
    links = get(client, "links")
    assert all(links[n["id"]]["measure"] == first for n in get(client, f"measures/{first}")["notes"])
    page = state["pages"][0]
    picture = client.get(f"/SECRET/{page['image']}")
    assert picture.headers["content-type"] == "image/png" and picture.content[:4] == b"\x89PNG"


def test_heads_are_where_the_picture_has_ink(client: TestClient, review: Review) -> None:
    import numpy as np
    from PIL import Image

    with Image.open(review.pictures[0].path) as image:
        ink = np.asarray(image.convert("L")) < 128
    for index in range(len(review.measures)):
        for note in get(client, f"measures/{index}")["notes"]:
            if note["kind"] == "note" and note["type"] not in ("half", "whole"):
                row, col = map(round, center(note))
                assert ink[row - 2:row + 3, col - 2:col + 3].mean() > 0.5


def test_operations_answer_with_what_changed(client: TestClient) -> None:
    note = get(client, "measures/1")["notes"][0]
    answer = client.post("/SECRET/api/operations", json={"op": "pitch", "page": 0, "at": center(note), "steps": 1})
    told = answer.json()
    assert (told["changed_measures"], told["changed_systems"], told["revision"]) == ([1], [0], 1)
    assert told["state"]["measures"][1]["state"] == "mended" and told["state"]["can_undo"]
    assert client.post("/SECRET/api/undo", json={}).json()["changed_measures"] == [1]
    assert client.post("/SECRET/api/redo", json={}).json()["state"]["can_redo"] is False
    assert client.post("/SECRET/api/redo", json={}).status_code == 400


@pytest.mark.parametrize(("path", "body"), [
    ("operations", b"{"), ("operations", b"[" * 100_000), ("operations", b'{"op": "fly"}'), ("operations", b"3"),
    ("place", b'{"measure": "x"}'), ("save", b'{"format": "exe"}'), ("save", b'{"path": "../x"}'),
    ("save", b'{"path": "/etc/x"}'), ("save", b'{"path": ".x"}'), ("save", b"[]"),
])
def test_bad_requests_change_nothing(
    client: TestClient, review: Review, tmp_path: Path, path: str, body: bytes
) -> None:
    before = review.score, review.log
    answer = client.post(f"/SECRET/api/{path}", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400 and "\n" not in answer.json()["error"]
    assert (review.score, review.log) == before and not list(tmp_path.glob("*.musicxml"))


@pytest.mark.parametrize("path", [
    "pages/7.png", "systems/99.svg", "measures/999", "measures/999/alternatives", "nothing", "../../etc/passwd",
])
def test_what_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(f"/SECRET/api/{path}").status_code == 404


def test_only_the_page_itself_is_answered(client: TestClient) -> None:
    body = {"op": "title", "field": "title", "text": "x"}
    assert client.get("/OTHER/api/state").status_code == 404
    assert client.get("/SECRET/api/state", headers={"host": "evil.example:8000"}).status_code == 403
    assert client.get("/SECRET/api/state", headers={"host": "127.0.0.1:9000"}).status_code == 403
    assert client.get("/SECRET/api/state", headers={"host": "localhost:8000"}).status_code == 200
    for headers, status in (({"origin": "http://evil.example"}, 403), ({"origin": "null"}, 403),
                            ({"sec-fetch-site": "cross-site"}, 403), ({"origin": BASE}, 200)):
        assert client.post("/SECRET/api/operations", json=body, headers=headers).status_code == status
    plain = client.post("/SECRET/api/operations", content=b"{}", headers={"content-type": "text/plain"})
    assert plain.status_code == 415
    large = client.post("/SECRET/api/operations", json={"op": "x" * (1 << 20)})
    assert large.status_code == 413


def test_every_answer_forbids_what_comes_from_elsewhere(client: TestClient) -> None:
    for path in ("/SECRET/api/state", "/SECRET/api/none", "/x", "/SECRET/api/pages/0.png"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"


def test_a_title_with_a_script_is_a_title(client: TestClient, review: Review) -> None:
    title = "<script>alert(1)</script>"
    client.post("/SECRET/api/operations", json={"op": "title", "field": "title", "text": title})
    saved = client.post("/SECRET/api/save", json={"format": "musicxml"}).json()["path"]
    assert etree.parse(saved).findtext("work/work-title") == title
    assert get(client, "state")["saved"] == {"revision": 1, "path": saved}
    assert "<script" not in client.get("/SECRET/api/systems/0.svg").text


@pytest.mark.parametrize(("format_", "begins"), [
    ("musicxml", b"<?xml"), ("mxl", b"PK"), ("midi", b"MThd"), ("pdf", b"%PDF")])
def test_downloads(client: TestClient, format_: str, begins: bytes) -> None:
    answer = client.get(f"/SECRET/api/download/{format_}")
    assert answer.content.startswith(begins) and "attachment" in answer.headers["content-disposition"]
    assert client.get("/SECRET/api/download/exe").status_code == 400


def test_the_place_is_kept(client: TestClient) -> None:
    client.post("/SECRET/api/place", json={"measure": 5, "zoom": 1.5})
    assert get(client, "state")["place"] == {"measure": 5, "zoom": 1.5}


def test_alternatives_are_taken_as_they_are_sent(client: TestClient, review: Review) -> None:
    found = [a for i in range(len(review.measures)) for a in get(client, f"measures/{i}/alternatives")["alternatives"]]
    assert found and found[0]["svg"].startswith("<svg")
    assert client.post("/SECRET/api/operations", json=found[0]["operation"]).status_code == 200


def test_what_is_played(client: TestClient, review: Review) -> None:
    sounds = get(client, "play?from=1&to=2")
    assert {s["measure"] for s in sounds} == {1, 2} and sounds[0]["seconds_at_60"] == 0
    ids = {n["id"] for i in (1, 2) for n in get(client, f"measures/{i}")["notes"] if n["kind"] == "note"}
    assert {i for s in sounds for i in s["ids"]} == ids
    assert client.get("/SECRET/api/play?from=-1").status_code == 400
    assert client.get("/SECRET/api/play?to=9999").status_code == 400
