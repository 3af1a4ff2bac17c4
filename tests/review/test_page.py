"""The page of `omr review`, driven in a real browser as its users do: by keys and by the mouse."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from lxml import etree

DESK, TABLET = {"width": 1280, "height": 800}, {"width": 768, "height": 1024}
COMMANDS = "const { COMMANDS } = await import('./commands.js');"


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens an address; at the end nothing may have gone wrong on the page: no error, and no breach of its policy."""
    troubles: list[str] = []
    contexts = []

    def open_(address: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": DESK, "reduced_motion": "reduce"} | options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(address)
        settle(page)
        return page

    open_.troubles = troubles  # type: ignore[attr-defined]
    yield open_
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def page(served: str, opened: Callable[..., Any]) -> Any:
    return opened(served)


def settle(page: Any) -> None:
    """Wait until the page shows all it asked for."""
    page.wait_for_function("() => !document.querySelector('.busy, [aria-busy=true]')")


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    settle(page)


def heading(page: Any) -> str:
    return str(page.locator("#measure-heading").inner_text())


def chips(page: Any) -> list[str]:
    """What the notes of the measure are called."""
    return [chip.get_attribute("aria-label") for chip in page.locator("#notes .chip").all()]


def selected(page: Any) -> list[str]:
    return [chip.get_attribute("aria-label") for chip in page.locator("#notes .chip[aria-pressed=true]").all()]


def said(page: Any) -> str:
    """What was last told to the reader, once it is there."""
    page.wait_for_function("() => document.getElementById('status').textContent")
    return str(page.locator("#status").inner_text())


def pitches(path: Path) -> Counter[str]:
    """The pitches in a file of MusicXML, each with how often it stands there."""
    return Counter(f"{p.findtext('step')}{p.findtext('octave')}" for p in etree.parse(path).iter("pitch"))


# ---- a session -------------------------------------------------------------------------------------------------


def test_a_reader_mends_a_page(serve: Callable[[], Any], opened: Callable[..., Any]) -> None:
    """Open, go to a doubt, take another reading, mend a pitch, add a note, undo it, add it again, save, reopen."""
    address, review = serve()
    page = opened(address)
    before = review.data("musicxml")
    review.input.out.write_bytes(before)
    old = pitches(review.input.out)

    press(page, "n")
    page.wait_for_selector(".alternative")
    first = review.score
    press(page, "1")
    assert review.score != first and said(page).startswith("Taken")

    press(page, "ArrowRight")
    (mended,) = selected(page)
    press(page, "ArrowUp")
    (now,) = selected(page)
    assert now != mended

    count = len(chips(page))
    press(page, "ArrowRight")
    box = page.locator(".symbol.selected").bounding_box()
    press(page, "q", "a")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 2.5 * box["height"])
    settle(page)
    assert len(chips(page)) == count + 1
    press(page, "Control+z")
    assert len(chips(page)) == count
    press(page, "Control+Shift+z")
    assert len(chips(page)) == count + 1

    assert "Not saved" in page.locator("#saved").inner_text()
    press(page, "Control+s")
    assert said(page) == f"Saved as {review.input.out}."
    assert "✓ Saved" in page.locator("#saved").inner_text()
    new = pitches(review.input.out)
    assert new.total() == old.total() + 1 and new != old

    again = opened(serve()[0])
    assert heading(again) == heading(page) and chips(again) == chips(page)
    assert "✓ Saved" in again.locator("#saved").inner_text()


def test_the_place_is_kept(page: Any) -> None:
    press(page, "PageDown", "PageDown", "+")
    before, width = heading(page), page.locator(".sheet").bounding_box()["width"]
    page.wait_for_timeout(400)  # the place is sent when the reader has come to rest
    page.reload()
    settle(page)
    assert heading(page) == before and page.locator(".sheet").bounding_box()["width"] == pytest.approx(width)


def test_accepting_leads_on_until_nothing_is_left(page: Any) -> None:
    left = int(page.locator("#left b").inner_text())
    assert left > 0
    seen = set()
    for remaining in reversed(range(left)):
        seen.add(heading(page))
        press(page, "Enter")
        assert int(page.locator("#left b").inner_text()) == remaining
    assert len(seen) == left
    assert page.evaluate("document.getElementById('progress').position") == 1
    assert page.locator(".area.accepted").count() == left
    press(page, "n")
    assert said(page) == "Nothing is left to look at."


# ---- links -----------------------------------------------------------------------------------------------------


def test_a_click_on_the_scan_selects_the_note_in_the_engraving(page: Any) -> None:
    press(page, "ArrowRight")
    (name,) = selected(page)
    box = page.locator(".symbol.selected").bounding_box()
    press(page, "Escape")
    assert selected(page) == [] and page.locator(".engraved .selected").count() == 0
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert selected(page) == [name]
    assert page.locator(".engraved .selected:not(.mark)").count() == 1


def test_a_click_on_the_engraving_selects_the_note_on_the_scan(page: Any) -> None:
    press(page, "Escape")
    page.locator("#reading g.note .notehead").nth(2).click()
    settle(page)
    assert len(selected(page)) == 1 and page.locator(".symbol.selected").count() == 1
    page.locator("#reading g.note .notehead").nth(3).click(modifiers=["Shift"])
    assert len(selected(page)) == 2


def test_the_pointer_links_both_sides(page: Any) -> None:
    page.locator("#reading g.note .notehead").nth(2).hover()
    assert page.locator("#scan .symbol.hover").count() >= 1
    box = page.locator("#scan .symbol.hover").first.bounding_box()
    page.mouse.move(1, 1)
    assert page.locator("#scan .symbol.hover").count() == 0
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.locator("#reading .hovered:not(.mark)").count() == 1


# ---- commands --------------------------------------------------------------------------------------------------


def test_no_key_stands_for_two_commands(page: Any) -> None:
    keys = page.evaluate(f"async () => {{ {COMMANDS} return COMMANDS.flatMap((c) => c.keys) }}")
    assert len(keys) > 50 and [key for key, count in Counter(keys).items() if count > 1] == []


def test_the_sheet_lists_every_command_with_its_keys(page: Any) -> None:
    commands = page.evaluate(f"async () => {{ {COMMANDS} return COMMANDS.map((c) => [c.name, c.keys]) }}")
    press(page, "?")
    shown = {row.locator("dt").inner_text(): [k.inner_text() for k in row.locator("kbd").all()]
             for row in page.locator("#help dl div").all()}
    assert shown == dict(commands)


def test_every_key_does_what_its_button_does(page: Any) -> None:
    """The browser's name of each key of the table leads to its command."""
    missing = page.evaluate(f"""async () => {{
        {COMMANDS}
        const {{ keyOf, written }} = await import('./commands.js');
        const typed = (key) => {{
            const parts = written(key).split(/\\+(?=.)/);
            const last = parts.pop();
            const alt = parts.includes('Alt');
            return keyOf({{ key: last === 'Space' ? ' ' : last, ctrlKey: parts.includes('Ctrl'), altKey: alt,
                shiftKey: parts.includes('Shift'), code: /\\d/.test(last) ? `Digit${{last}}` : `Key${{last.toUpperCase()}}` }});
        }};
        return COMMANDS.flatMap((c) => c.keys).filter((key) => typed(key) !== written(key));
    }}""")
    assert missing == []


def test_what_needs_a_note_says_so(page: Any) -> None:
    press(page, "Escape")
    page.locator("[data-command=sharp]").click(force=True)
    assert said(page) == "Select a note first: click it, or press → ."


def test_single_keys_can_be_switched_off(page: Any) -> None:
    press(page, "?")
    page.locator("#single-keys").uncheck()
    press(page, "Escape")
    before = heading(page)
    press(page, "n", "ArrowRight")
    assert heading(page) == before and len(selected(page)) == 1


def test_keys_in_a_field_are_letters(page: Any) -> None:
    before = heading(page)
    press(page, "i")
    page.keyboard.type("n p 1 <script>alert(1)</script>")
    page.keyboard.press("Enter")
    settle(page)
    assert heading(page) == before
    assert page.locator("h1").inner_text() == "n p 1 <script>alert(1)</script>"
    assert page.locator("h1 *").count() == 0


# ---- what the page asks for ------------------------------------------------------------------------------------


def test_only_what_changed_is_fetched_again(page: Any) -> None:
    press(page, "ArrowRight")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    press(page, "ArrowUp")
    assert len([url for url in asked if "/systems/" in url]) == 1
    assert not [url for url in asked if "/pages/" in url or url.endswith("/state")]


def test_a_note_moves_before_the_server_has_answered(page: Any) -> None:
    press(page, "ArrowRight")
    page.route("**/api/operations", lambda route: None)  # the server never answers
    page.keyboard.press("ArrowUp")
    assert page.locator("#reading [data-steps='1']").count() == 1
    assert page.locator(".area.busy").count() == 1


def test_a_refusal_is_told_and_taken_back(page: Any, opened: Any) -> None:
    press(page, "ArrowRight")
    notes = chips(page)
    page.route("**/api/operations", lambda route: route.fulfill(status=400, json={"error": "that cannot be"}))
    press(page, "ArrowUp")
    assert said(page) == "that cannot be"
    assert chips(page) == notes and page.locator("[data-steps]").count() == 0
    opened.troubles[:] = [text for text in opened.troubles if "400" not in text]


def test_a_lost_server_is_told(page: Any, opened: Any) -> None:
    page.route("**/api/**", lambda route: route.abort())
    press(page, "Control+s")
    assert said(page).startswith("The program does not answer.")
    opened.troubles[:] = [text for text in opened.troubles if "ERR_FAILED" not in text]


def test_engravings_look_right_under_the_policy(page: Any) -> None:
    """Verovio's own style sheets are forbidden: what they say holds all the same."""
    page.wait_for_selector("#reading g.staff path", state="attached")
    assert page.evaluate("getComputedStyle(document.querySelector('#reading g.staff path')).stroke") != "none"
    number = "document.querySelector('#reading g.mNum')"
    assert page.evaluate(f"getComputedStyle({number}).fontStyle") == "italic"


def test_a_script_in_an_engraving_is_left_out(page: Any, opened: Any) -> None:
    found = page.evaluate("""async () => {
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


def test_the_measure_lights_up_while_it_sounds(page: Any) -> None:
    page.locator("#tempo").fill("180")
    page.keyboard.press("Space")  # a slider does not want it
    page.wait_for_selector("#scan .area.playing")
    page.wait_for_selector("#reading .sounding")
    assert page.locator("[data-command=play]").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Space")
    page.wait_for_selector("#scan .area.playing", state="detached")


# ---- for everyone ----------------------------------------------------------------------------------------------


def violations(page: Any) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{v['id']}: {node['target']}" for v in found for node in v["nodes"]]


def test_axe_finds_nothing_in_any_state(page: Any) -> None:
    """WCAG, as far as a program can check it."""
    states: dict[str, list[str]] = {}
    states["open"] = violations(page)
    for name, keys in {
        "next doubt": ["n"], "selected": ["ArrowRight", "Shift+ArrowRight"], "mended": ["ArrowUp"],
        "accepted": ["Escape", "Enter"], "adding": ["a"], "all keys": ["Escape", "?"], "time": ["Escape", "m"],
        "names": ["Escape", "i"], "others": ["Escape", "d"], "nothing": ["Escape", "Escape"],
    }.items():
        press(page, *keys)
        states[name] = violations(page)
    page.set_viewport_size(TABLET)
    states["tablet"] = violations(page)
    assert {name: found for name, found in states.items() if found} == {}


def test_everything_can_be_reached_by_tab(page: Any) -> None:
    """Every button, field and pane gets the focus in turn, and shows it."""
    page.locator("body").focus()
    reached, unseen = set(), []
    wanted = page.evaluate("""[...document.querySelectorAll('button, select, input, a, [tabindex="0"]')]
        .filter((e) => e.checkVisibility()).map((e, i) => (e.dataset.stop = i))""")
    for _ in range(len(wanted) + 5):
        page.keyboard.press("Tab")
        stop, outline = page.evaluate("""[document.activeElement.dataset.stop,
            getComputedStyle(document.activeElement).outlineStyle]""")
        reached.add(stop)
        if stop is not None and outline == "none":
            unseen.append(stop)
    assert {str(stop) for stop in wanted} <= reached and unseen == []


@pytest.mark.parametrize("options", [{"viewport": DESK}, {"viewport": TABLET, "has_touch": True}], ids=["desk", "tablet"])
def test_the_page_fits_the_screen(served: str, opened: Callable[..., Any], options: Any) -> None:
    page = opened(served, **options)
    width, height = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert width <= options["viewport"]["width"] and height <= options["viewport"]["height"]
    for pane in page.locator("main > section").all():
        box = pane.bounding_box()
        assert box["height"] > 80 and box["x"] + box["width"] <= options["viewport"]["width"]
    if options.get("has_touch"):
        page.locator("#reading g.note .notehead").nth(1).tap()
        settle(page)
        assert len(selected(page)) == 1
        assert page.evaluate("""[...document.querySelectorAll('button')].filter((b) => b.checkVisibility())
            .every((b) => b.getBoundingClientRect().height >= 40)""")
