"""The page of `omr review`, driven in a real browser as its users do: by keys and by the mouse."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from lxml import etree

from omr.review.log import read_log
from omr.review.review import Review
from tests.review.conftest import IMAGES, Read, Shared, read
from tests.review.driving import (
    DESK,
    TABLET,
    chips,
    click_scan,
    comes_to_rest,
    fetch,
    heading,
    hears,
    post,
    press,
    selected,
    settle,
    start,
)
from tests.review.test_operations import ends

PHOTO = IMAGES / "mozart-k545-photo.jpg"
UNSURE = IMAGES / "schumann-polonaise-photo.jpg"
"""A photograph on which some measures are not sure."""
COMMANDS = "const { COMMANDS } = await import('./commands.js');"


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """A photograph of a page, read with a few doubts."""
    return read(PHOTO, tmp_path_factory.mktemp("pictures"))


@pytest.fixture
def serve(photo: Read, tmp_path: Path) -> Iterator[Callable[[], tuple[str, Review]]]:
    """Starts the server, anew if it ran before, and gives the page's address and the review: a new one each time, which
    goes on with the log of the one before."""
    stops: list[Callable[[], None]] = []

    def restart() -> tuple[str, Review]:
        while stops:
            stops.pop()()
        review = photo.review(tmp_path, read_log(tmp_path / "score.review.json"))
        address, stop = start(review)
        stops.append(stop)
        return address, review

    yield restart
    for stop in stops:
        stop()


@pytest.fixture(scope="module")
def kept(photo: Read, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that runs for all tests."""
    address, stop = start(photo.review(tmp_path_factory.mktemp("review")))
    yield address
    stop()


@pytest.fixture
def served(kept: str) -> Iterator[str]:
    """The address of a page on which nothing was mended yet."""
    yield kept
    while json.loads(fetch(f"{kept}api/state"))["can_undo"]:
        post(f"{kept}api/undo", {})
    post(f"{kept}api/place", {"measure": 0, "zoom": 0})


@pytest.fixture
def tab(served: str, opened: Callable[..., Any]) -> Any:
    return opened(served)


def pitches(musicxml: bytes) -> Counter[str]:
    """The pitches in MusicXML, each with how often it stands there."""
    return Counter(f"{p.findtext('step')}{p.findtext('octave')}" for p in etree.fromstring(musicxml).iter("pitch"))


# ---- a session -------------------------------------------------------------------------------------------------


def test_a_reader_mends_a_page(serve: Callable[[], Any], opened: Callable[..., Any]) -> None:
    """Open, go to a doubt, take another reading, mend a pitch, add a note, undo it, add it again, save, reopen."""
    address, review = serve()
    tab = opened(address)
    old = pitches(fetch(f"{address}api/download/musicxml"))

    press(tab, "n")
    tab.wait_for_selector(".alternative")
    first = review.score
    press(tab, "1")
    hears(tab, "Taken")
    assert review.score != first

    press(tab, "ArrowRight")
    (mended,) = selected(tab)
    press(tab, "ArrowUp")
    # The page may be told of the key only after this line, and be busy later.
    tab.wait_for_function("""before => document.querySelector("#notes .chip[aria-pressed=true]")
        ?.getAttribute("aria-label") !== before""", arg=mended)
    settle(tab)
    (now,) = selected(tab)
    assert now != mended

    count = len(chips(tab))
    press(tab, "ArrowRight")
    box = tab.locator(".symbol.selected").bounding_box()
    press(tab, "q", "a")
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + 2.5 * box["height"])
    # The page may be told of the click only after this line, and be busy later.
    tab.wait_for_function("n => document.querySelectorAll('#notes .chip').length === n", arg=count + 1)
    settle(tab)
    press(tab, "Control+z")
    assert len(chips(tab)) == count
    press(tab, "Control+Shift+z")
    assert len(chips(tab)) == count + 1

    assert "Not saved" in tab.locator("#saved").inner_text()
    press(tab, "Control+s")
    hears(tab, f"Saved as {review.input.out}.")
    assert "✓ Saved" in tab.locator("#saved").inner_text()
    new = pitches(review.input.out.read_bytes())
    assert new.total() == old.total() + 1 and new != old

    comes_to_rest(tab)
    shown = heading(tab), chips(tab)
    address, review = serve()
    again = opened(address)
    assert (heading(again), chips(again)) == shown
    assert fetch(f"{address}api/download/musicxml") == review.input.out.read_bytes()


def test_the_place_is_kept(tab: Any) -> None:
    press(tab, "PageDown", "PageDown", "+")
    before, width = heading(tab), tab.locator(".sheet").bounding_box()["width"]
    comes_to_rest(tab, zoomed=True)
    tab.reload()
    settle(tab)
    assert heading(tab) == before and tab.locator(".sheet").bounding_box()["width"] == pytest.approx(width)


def test_accepting_leads_on_until_nothing_is_left(opened: Callable[..., Any], tmp_path: Path) -> None:
    address, stop = start(read(UNSURE, tmp_path).review(tmp_path))
    tab = opened(address)
    press(tab, "n")
    left = int(tab.locator("#left b").inner_text())
    assert left > 0
    seen = set()
    for remaining in reversed(range(left)):
        seen.add(heading(tab))
        press(tab, "Enter")
        assert int(tab.locator("#left b").inner_text()) == remaining
    assert len(seen) == left
    assert tab.evaluate("document.getElementById('progress').position") == 1
    assert tab.locator(".area.accepted").count() == left
    press(tab, "n")
    hears(tab, "Nothing is left to look at.")
    stop()


def test_undo_leads_to_what_it_changed(tab: Any) -> None:
    press(tab, "End", "ArrowRight", "ArrowUp")
    there, mended = heading(tab), chips(tab)
    press(tab, "Home", "Control+z")
    assert heading(tab) == there and chips(tab) != mended
    press(tab, "Home", "Control+y")
    assert heading(tab) == there and chips(tab) == mended


# ---- links -----------------------------------------------------------------------------------------------------


def test_a_click_on_the_scan_selects_the_note_in_the_engraving(tab: Any) -> None:
    press(tab, "ArrowRight")
    (name,) = selected(tab)
    box = tab.locator(".symbol.selected").bounding_box()
    press(tab, "Escape")
    assert selected(tab) == [] and tab.locator(".engraved .selected").count() == 0
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert selected(tab) == [name]
    assert tab.locator(".engraved .selected:not(.mark)").count() == 1


def test_a_click_on_the_engraving_selects_the_note_on_the_scan(tab: Any) -> None:
    press(tab, "Escape")
    tab.locator("#reading g.note .notehead").nth(2).click()
    settle(tab)
    assert len(selected(tab)) == 1 and tab.locator(".symbol.selected").count() == 1
    tab.locator("#reading g.note .notehead").nth(3).click(modifiers=["Shift"])
    assert len(selected(tab)) == 2


def test_the_pointer_links_both_sides(tab: Any) -> None:
    tab.locator("#reading g.note .notehead").nth(2).hover()
    assert tab.locator("#scan .symbol.hover").count() >= 1
    box = tab.locator("#scan .symbol.hover").first.bounding_box()
    tab.mouse.move(1, 1)
    assert tab.locator("#scan .symbol.hover").count() == 0
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert tab.locator("#reading .hovered:not(.mark)").count() == 1


@pytest.fixture
def served_without_staff(without_lines: Read, tmp_path: Path) -> Iterator[str]:
    """The address of a page of which one staff was not found."""
    address, stop = start(without_lines.review(tmp_path))
    yield address
    stop()


def test_a_missed_staff_is_drawn_with_two_clicks(
    served_without_staff: str, page: Read, opened: Callable[..., Any]
) -> None:
    def count() -> int:
        return pitches(fetch(f"{served_without_staff}api/download/musicxml")).total()

    tab, before = opened(served_without_staff), count()
    press(tab, "f")
    assert "left end" in tab.locator("#armed-text").inner_text()
    for place in ends(page).values():
        click_scan(tab, page.pictures[0], place)
    hears(tab, "The staff was read.")
    assert count() > before
    press(tab, "Control+z")
    hears(tab, "Undone")
    assert count() == before


@pytest.fixture
def served_shared(shared: Shared, tmp_path: Path) -> Iterator[str]:
    """The address of a page on which two voices share a head."""
    address, stop = start(shared.read.review(tmp_path))
    yield address
    stop()


def test_a_head_of_two_voices_is_given_to_one(
    served_shared: str, shared: Shared, opened: Callable[..., Any]
) -> None:
    def count() -> int:
        return pitches(fetch(f"{served_shared}api/download/musicxml")).total()

    tab, before = opened(served_shared), count()
    picture = shared.read.pictures[0]
    click_scan(tab, picture, picture.at(*shared.head.box.center))
    tab.wait_for_selector(".symbol.selected")
    tab.locator("[data-command=only-upper]").click()
    hears(tab, "Only in the upper voice.")
    assert count() == before - 1
    tab.wait_for_selector("[data-command=only-upper]", state="hidden")


# ---- commands --------------------------------------------------------------------------------------------------


def test_no_key_stands_for_two_commands(tab: Any) -> None:
    keys = tab.evaluate(f"async () => {{ {COMMANDS} return COMMANDS.flatMap((c) => c.keys) }}")
    assert len(keys) > 50 and [key for key, count in Counter(keys).items() if count > 1] == []


def test_the_sheet_lists_every_command_with_its_keys(tab: Any) -> None:
    commands = tab.evaluate(f"async () => {{ {COMMANDS} return COMMANDS.map((c) => [c.name, c.keys]) }}")
    press(tab, "?")
    shown = {row.locator("dt").inner_text(): [k.inner_text() for k in row.locator("kbd").all()]
             for row in tab.locator("#help dl div").all()}
    assert shown == dict(commands)


def test_every_key_does_what_its_button_does(tab: Any) -> None:
    """The browser's name of each key of the table leads to its command."""
    missing = tab.evaluate(f"""async () => {{
        {COMMANDS}
        const {{ keyOf, written }} = await import('./commands.js');
        const typed = (key) => {{
            const parts = written(key).split(/\\+(?=.)/);
            const last = parts.pop();
            const alt = parts.includes('Alt');
            return keyOf({{ key: last === 'Space' ? ' ' : last, ctrlKey: parts.includes('Ctrl'), altKey: alt,
                shiftKey: parts.includes('Shift'),
                code: /\\d/.test(last) ? `Digit${{last}}` : `Key${{last.toUpperCase()}}` }});
        }};
        return COMMANDS.flatMap((c) => c.keys).filter((key) => typed(key) !== written(key));
    }}""")
    assert missing == []


def test_what_needs_a_note_says_so(tab: Any) -> None:
    press(tab, "Escape")
    tab.locator("[data-command=sharp]").click(force=True)
    hears(tab, "Select a note first")


def test_single_keys_can_be_switched_off(tab: Any) -> None:
    press(tab, "?")
    tab.locator("#single-keys").uncheck()
    press(tab, "Escape")
    before = heading(tab)
    press(tab, "n", "ArrowRight")
    assert heading(tab) == before and len(selected(tab)) == 1


def test_keys_in_a_field_are_letters(tab: Any) -> None:
    before = heading(tab)
    press(tab, "i")
    tab.keyboard.type("n p 1 <script>alert(1)</script>")
    tab.keyboard.press("Enter")
    tab.wait_for_function("() => document.querySelector('h1').textContent.startsWith('n')")
    assert heading(tab) == before
    assert tab.locator("h1").inner_text() == "n p 1 <script>alert(1)</script>"
    assert tab.locator("h1 *").count() == 0


def test_enter_accepts_a_choice_in_a_list(tab: Any) -> None:
    press(tab, "End", "k")
    tab.locator("dialog select").select_option("3")
    tab.keyboard.press("Enter")
    hears(tab, "Key changed.")
    assert not tab.locator("dialog").first.is_visible()


# ---- what the page asks for ------------------------------------------------------------------------------------


def test_only_what_changed_is_fetched_again(tab: Any) -> None:
    press(tab, "ArrowRight")
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    press(tab, "ArrowUp")
    assert len([url for url in asked if "/systems/" in url]) == 1
    assert not [url for url in asked if "/pages/" in url or url.endswith("/state")]


def test_a_note_moves_before_the_server_has_answered(tab: Any) -> None:
    press(tab, "ArrowRight")
    tab.route("**/api/operations", lambda route: None)  # the server never answers
    tab.keyboard.press("ArrowUp")
    assert tab.locator("#reading [data-steps='1']").count() == 1
    assert tab.locator(".area.busy").count() == 1


def test_a_refusal_is_told_and_taken_back(tab: Any, opened: Any) -> None:
    press(tab, "ArrowRight")
    notes = chips(tab)
    tab.route("**/api/operations", lambda route: route.fulfill(status=400, json={"error": "that cannot be"}))
    press(tab, "ArrowUp")
    hears(tab, "that cannot be")
    assert chips(tab) == notes and tab.locator("[data-steps]").count() == 0
    opened.troubles[:] = [text for text in opened.troubles if "400" not in text]


def test_a_lost_server_is_told(tab: Any, opened: Any) -> None:
    tab.route("**/api/**", lambda route: route.abort())
    press(tab, "Control+s")
    hears(tab, "The program does not answer.")
    opened.troubles[:] = [text for text in opened.troubles if "ERR_FAILED" not in text]


def test_engravings_look_right_under_the_policy(tab: Any) -> None:
    """Verovio's own style sheets are forbidden: what they say holds all the same."""
    tab.wait_for_selector("#reading g.staff path", state="attached")
    assert tab.evaluate("getComputedStyle(document.querySelector('#reading g.staff path')).stroke") != "none"
    number = "document.querySelector('#reading g.mNum')"
    assert tab.evaluate(f"getComputedStyle({number}).fontStyle") == "italic"


def test_a_script_in_an_engraving_is_left_out(tab: Any, opened: Any) -> None:
    found = tab.evaluate("""async () => {
        const { engraved } = await import('./engraving.js');
        const picture = engraved(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="window.broken = 1">
            <script>window.broken = 1</script><g style="opacity: 0.5" id="n1" onclick="window.broken = 1"/>
            <a href="javascript:window.broken = 1"><text>a</text></a></svg>`);
        document.body.append(picture);
        picture.querySelector('#n1').dispatchEvent(new Event('click'));
        return [window.broken ?? 0, picture.outerHTML, picture.querySelector('#n1').style.opacity];
    }""")
    assert found[0] == 0 and found[2] == "0.5"
    assert not re.search("script|onclick|onload", found[1])
    assert opened.troubles and all("Content Security Policy" in text for text in opened.troubles)
    opened.troubles.clear()


# ---- listening -------------------------------------------------------------------------------------------------


def test_the_measure_lights_up_while_it_sounds(tab: Any) -> None:
    tab.locator("#tempo").fill("180")
    tab.keyboard.press("Space")  # a slider does not want it
    tab.wait_for_selector("#scan .area.playing")
    tab.wait_for_selector("#reading .sounding")
    assert tab.locator("[data-command=play]").get_attribute("aria-pressed") == "true"
    tab.keyboard.press("Space")
    tab.wait_for_selector("#scan .area.playing", state="detached")


# ---- for everyone ----------------------------------------------------------------------------------------------


def violations(tab: Any) -> list[str]:
    drawings = {"exclude": [["svg"]]}  # thousands of shapes, hidden from screen readers
    found = Axe().run(tab, drawings, {"resultTypes": ["violations"]}).response["violations"]
    return [f"{v['id']}: {node['target']}" for v in found for node in v["nodes"]]


def test_axe_finds_nothing_in_any_state(tab: Any) -> None:
    """WCAG, as far as a program can check it."""
    states: dict[str, list[str]] = {}
    states["open"] = violations(tab)
    for name, keys in {
        "selected": ["n", "ArrowRight", "Shift+ArrowRight"], "mended": ["ArrowUp"], "adding": ["Escape", "Enter", "a"],
        "all keys": ["Escape", "?"], "time": ["Escape", "m"],
        "names": ["Escape", "i"], "others": ["Escape", "d"], "nothing": ["Escape", "Escape"],
    }.items():
        press(tab, *keys)
        states[name] = violations(tab)
    tab.set_viewport_size(TABLET)
    states["tablet"] = violations(tab)
    assert {name: found for name, found in states.items() if found} == {}


def test_everything_can_be_reached_by_tab(tab: Any) -> None:
    """Every button, field and pane gets the focus in turn, and shows it."""
    tab.locator("body").focus()
    reached, unseen = set(), []
    wanted = tab.evaluate("""[...document.querySelectorAll('button, select, input, a, [tabindex="0"]')]
        .filter((e) => e.checkVisibility()).map((e, i) => (e.dataset.stop = i))""")
    for _ in range(len(wanted) + 5):
        tab.keyboard.press("Tab")
        stop, outline = tab.evaluate("""[document.activeElement.dataset.stop,
            getComputedStyle(document.activeElement).outlineStyle]""")
        reached.add(stop)
        if stop is not None and outline == "none":
            unseen.append(stop)
    assert {str(stop) for stop in wanted} <= reached and unseen == []


@pytest.mark.parametrize(
    "options", [{"viewport": DESK}, {"viewport": TABLET, "has_touch": True}], ids=["desk", "tablet"])
def test_the_page_fits_the_screen(served: str, opened: Callable[..., Any], options: Any) -> None:
    tab = opened(served, **options)
    width, height = tab.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert width <= options["viewport"]["width"] and height <= options["viewport"]["height"]
    for pane in tab.locator("main > section").all():
        box = pane.bounding_box()
        assert box["height"] > 80 and box["x"] + box["width"] <= options["viewport"]["width"]
    if options.get("has_touch"):
        tab.locator("#reading g.note .notehead").nth(1).tap()
        settle(tab)
        assert len(selected(tab)) == 1
        assert tab.evaluate("""[...document.querySelectorAll('button')].filter((b) => b.checkVisibility())
            .every((b) => b.getBoundingClientRect().height >= 40)""")
