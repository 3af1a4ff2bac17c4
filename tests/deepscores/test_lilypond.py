"""What MusicXML is made of for musicxml2ly, which LilyPond can then read."""

from __future__ import annotations

from lxml import etree

from deepscores.lilypond import for_musicxml2ly


def score(*kinds: str) -> bytes:
    holders = "".join(f"<direction-type>{kind}</direction-type>" for kind in kinds)
    return (f"<score-partwise><part id='P1'><measure number='1'><direction>{holders}</direction><note><rest/></note>"
            "</measure></part></score-partwise>").encode()


def told(text: bytes) -> list[str]:
    """Dynamics and words of a score, in order."""
    root = etree.fromstring(for_musicxml2ly(text))
    told = [element for element in root.iterfind(".//direction-type//*") if element.tag != "dynamics"]
    return [element.text or element.tag for element in told]


def test_words_among_dynamics_are_words() -> None:
    other = "<other-dynamics>{}</other-dynamics>".format
    assert told(score(f"<dynamics><pp/>{other(' una' + chr(10) + 'corda')}</dynamics>")) == ["pp", "una corda"]
    assert told(score(f"<dynamics>{other('(')}<p/>{other(chr(160) + 'leicht)')}</dynamics>")) == ["p", "(", "leicht)"]
    assert told(score(f"<dynamics>{other('sfpp')}</dynamics>")) == ["sfpp"]


def test_dynamics_without_anything_else_leave_no_direction() -> None:
    root = etree.fromstring(for_musicxml2ly(score("<dynamics><other-dynamics> </other-dynamics></dynamics>")))
    assert root.find(".//direction") is None
    assert root.find(".//note") is not None


def test_verses_are_numbered() -> None:
    text = (b"<score-partwise><part id='P1'><measure number='1'><note><lyric number='chorus'/><lyric number='2'/>"
            b"<lyric number='chorus'/></note></measure></part></score-partwise>")
    root = etree.fromstring(for_musicxml2ly(text))
    assert [lyric.get("number") for lyric in root.iter("lyric")] == ["1", "2", "1"]


def test_syllables_on_one_note_are_one_text_and_words_have_no_quotation_marks() -> None:
    text = ("<score-partwise><part id='P1'><measure number='1'><direction><direction-type>"
            "<words>a \"b\"</words>"
            "</direction-type></direction><note><lyric><text>che</text><elision/><text>è</text></lyric></note>"
            "</measure></part></score-partwise>")
    root = etree.fromstring(for_musicxml2ly(text.encode()))
    assert [t.text for t in root.iter("text")] == ["che\u00a0è"]
    assert root.find(".//elision") is None
    assert root.findtext(".//words") == "a ''b''"
