"""The languages in which words are read: an option of every command that reads pages."""

from __future__ import annotations

import click

language_option = click.option(
    "--language", "languages", multiple=True,
    help="Language of the words, by Tesseract's name (deu, fra, ita ...); several may be given, and "
         "\"none\" leaves words unread.  [default: eng, deu, fra and ita, as far as they are installed]",
)


def known_languages(languages: tuple[str, ...]) -> tuple[str, ...]:
    """The languages for Tesseract. Without any given ones, the usual languages that are installed.

    Raises click.UsageError for a language that it cannot read, if Tesseract is installed at all.
    """
    from omr import check_languages
    from omr.text.tesseract import usual_languages

    if not languages:
        return usual_languages()
    wanted = tuple(name for name in languages if name != "none")
    try:
        check_languages(wanted)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return wanted
