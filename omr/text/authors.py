"""Who wrote the music and the words: names, and the roles that are printed with them."""

from __future__ import annotations

import re

from omr.text.tempos import is_tempo

ROLES: dict[str, re.Pattern[str]] = {
    "composer": re.compile(
        r"\b(musi(c|k|que)|m[uú]sica|melod(y|ie)|compos(ed|itor|er)|comp|weise)\b|^M\s?:|曲|작곡|nhạc", re.IGNORECASE),
    "lyricist": re.compile(
        r"\b(words|text[eo]?|lyrics?|poems?|po[eè]me|paroles|letra|testo|gedicht|worte|versi|lời)\b|^[TW]\s?:"
        r"|[詞词]|작사", re.IGNORECASE),
    "arranger": re.compile(
        r"\b(arr|arrang\w*|harm|transcri\w*|harmoni[sz]\w*|bearb\w*|satz|set by|orchestrat\w*|version by)\b"
        r"|[編编]曲|편곡", re.IGNORECASE),
}
"""Role of an author -> what is printed with a name to say it: "Words by", "Text:", "arr.", "작곡"."""
_NUMBER = r"(?:n\W|no\b|nr\b|num)"
WORK = re.compile(
    rf"\W*(op(us)?|serie|series|band|heft|vol|book|livre|k[oö]ch|k\.?\s?v|bwv|hob)\b.*\d|\W*{_NUMBER}\W*\d",
    re.IGNORECASE)
"""An opus number, or the number of a series, which stands where authors do: "Op. 10 No. 3", "Serie 20. Nr. 4", "K. V.
282"."""
_WITH_INITIALS = re.compile(r"(?!D\.\s?[CS]\.)(?:[^\W\d_]{1,2}\.\s?)+[^\W\d_]{3}")
"""A name with initials. "D. C." and "D. S." are not initials."""
_PARTICLES = frozenset((
    "von", "van", "de", "del", "della", "der", "den", "du", "da", "dal", "di", "al", "la", "le", "les", "zu", "y", "e",
    "et", "und", "and",
))
"""Small words inside names."""


def roles_of(text: str) -> list[str]:
    """The roles that an author's line names: two for "Words and music by Ann", none for a mere name or a mere role."""
    name = text
    for pattern in ROLES.values():
        name = pattern.sub("", name)
    if not re.search(r"[^\W\d_]", name):
        return []
    roles = [role for role, pattern in ROLES.items() if pattern.search(text)]
    # "編曲" and "편곡" contain the character for a composer.
    return ["arranger"] if "arranger" in roles else roles


def is_name(text: str) -> bool:
    """Whether words are a person's name: there are initials, or a role, or every word has a capital and at least three
    letters."""
    if _WITH_INITIALS.match(text) or roles_of(text):
        return True
    words = [word for word in text.split() if word.casefold() not in _PARTICLES]
    return len(words) > 1 and not is_tempo(text) and all(
        re.fullmatch(r"[^\W\d_]{3,}[,.]?", word) and word[0].isupper() for word in words)
