"""Newspaper pages as around 1900: long articles under headlines of many decks, that run over columns and round wide
pictures; columns of prose, in which short articles follow one another and run on in the next column; advertisements.

Columns are filled from what is free: `free[i]` are the rows of column i that nothing stands in yet, as (top, bottom).
Features, advertisements and pictures take rectangles out of it, and running text takes what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import ImageFont

    from companions.typeset import Press

Free = list[list[tuple[int, int]]]
Box = tuple[int, int, int, int]  # left, top, right, bottom
NUISANCE = 4
"""Index of the class in `typeset.CLASSES`."""
LEAST_ROWS = 60
"""Lower rests of a column, in px, stay blank."""


def broadsheet(press: Press, top: int) -> None:
    """A page from row `top` on."""
    rng, columns = press.rng, press.style.columns
    free: Free = [[(top, press.label.shape[0] - press.style.margin)] for _ in range(columns)]
    if rng.random() < 0.3:
        adverts(press, free)
    for _ in range(int(rng.choice([0, 1, 2], p=[0.3, 0.5, 0.2]))):
        feature(press, free)
    for _ in range(int(rng.integers(0, 4))):
        block(press, free)
    for i in range(1, columns):
        for low, high in free[i]:
            column_rule(press, i, low, high)
    running(press, free)


def column_rule(press: Press, column: int, top: int, bottom: int) -> None:
    """Between a column and the one before."""
    if press.style.rules:
        at = press.x(column) - press.style.gutter // 2 - 1
        press.draw.line((at, top, at, bottom), fill=int(press.rng.integers(0, 90)))


def rooms(free: Free, first: int, last: int) -> list[tuple[int, int]]:
    """What is free in all columns first..last-1."""
    common = free[first]
    for column in free[first + 1:last]:
        common = [(max(a, c), min(b, d)) for a, b in common for c, d in column if min(b, d) > max(a, c)]
    return common


def take(free: Free, first: int, last: int, top: int, bottom: int) -> None:
    """Rows of columns first..last-1 are no longer free."""
    for i in range(first, last):
        pieces = [piece for a, b in free[i] for piece in ((a, min(b, top)), (max(a, bottom), b))]
        free[i] = [(a, b) for a, b in pieces if b - a > LEAST_ROWS]


def adverts(press: Press, free: Free) -> None:
    """The last columns, or the foot of the page, full of advertisements, few of them framed."""
    rng, columns, gutter = press.rng, press.style.columns, press.style.gutter
    top, bottom = free[0][0]
    first = 0
    if rng.random() < 0.6:
        first = int(rng.integers(columns // 2, columns))
    else:
        top = bottom - int(rng.uniform(0.15, 0.6) * (bottom - top))
    column = first
    while column < columns:
        wide = min(int(rng.choice([1, 1, 2, 3])), columns - column)
        row = top
        while row + 30 < bottom:
            high = min(int(rng.integers(30, 110 if rng.random() < 0.6 else 330)), bottom - row)
            press.nuisance((press.x(column), row, press.x(column + wide) - gutter, row + high), framed=0.35)
            row += high + 4
        if column > first:
            column_rule(press, column, top, bottom)
        column += wide
    take(free, first, columns, top - 6, bottom)


def feature(press: Press, free: Free) -> None:
    """A long article over two columns or more, up to the whole page."""
    rng, columns, gutter = press.rng, press.style.columns, press.style.gutter
    wide = columns if rng.random() < 0.25 else int(rng.integers(2, columns + 1))
    first = int(rng.integers(0, columns - wide + 1))
    last = first + wide
    room = max(rooms(free, first, last), key=lambda r: r[1] - r[0], default=(0, 0))
    if room[1] - room[0] < 280:
        return
    top, bottom = room
    if rng.random() < 0.6:
        high = int((bottom - top) * rng.uniform(0.3, 0.85))
        if high > 240:
            top, bottom = (top, top + high) if rng.random() < 0.75 else (bottom - high, bottom)
    press.count += 1
    number = press.count
    left, right = press.x(first), press.x(last) - gutter
    if top > room[0] and press.style.rules:
        press.draw.line((left, top, right, top), fill=0, width=2)
    if first and press.style.rules:
        column_rule(press, first, top, bottom)
    take(free, first, last, top, bottom)
    start = top + 4
    heading = wide if rng.random() < 0.7 else int(rng.integers(1, wide + 1))  # columns that the headline is over
    low = decks(press, (left, start, press.x(first + heading) - gutter, start + (bottom - start) * 2 // 5), number,
                int(np.clip(rng.normal(13 + 6 * heading, 5), 12, 60)))
    pieces = [[(press.x(i), low if i < first + heading else start, press.x(i + 1) - gutter, bottom)]
              for i in range(first, last)]
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.15, 0.4, 0.3, 0.15]))):
        illustration(press, pieces, number)
    if rng.random() < 0.2:  # an advertisement in the corner
        corner = int(rng.integers(1, max(wide // 2, 1) + 1))
        high = int((bottom - low) * rng.uniform(0.15, 0.4))
        box = press.x(last - corner), bottom - high, right, bottom
        if all(any(p[1] < box[1] and p[3] >= bottom for p in column) for column in pieces[-corner:]) and high > 40:
            press.nuisance(box, framed=0.7)
            pieces = [cut(column, (box[0] - 4, box[1] - 8, box[2] + 4, box[3])) for column in pieces]
    # The end of the last column may be free for other articles.
    rest = int((bottom - low) * rng.uniform(0.2, 0.7)) if rng.random() < 0.4 else 0
    ends = [bottom] * wide
    x0, y0, x1, y1 = pieces[-1][-1] if pieces[-1] else (0, 0, 0, 0)
    if rest > 2 * LEAST_ROWS and y1 == bottom and y1 - y0 > rest + LEAST_ROWS and x1 - x0 > 0.9 * (right - x0):
        ends[-1] = bottom - rest
        pieces[-1][-1] = x0, y0, x1, ends[-1]
        free[last - 1] = sorted([*free[last - 1], (ends[-1] + 4, bottom)])
    for i, column in enumerate(pieces):
        for piece in column:
            if i and piece[0] == press.x(first + i):
                column_rule(press, first + i, piece[1], piece[3])
            prose(press, piece, number)
    for i in range(wide):
        end = press.x(first + i + 1) if i < wide - 1 and ends[i + 1] == bottom else press.x(first + i + 1) - gutter
        part = np.s_[top:ends[i], press.x(first + i):end]
        press.article[part][(press.article[part] == 0) & (press.label[part] != NUISANCE)] = number


def illustration(press: Press, pieces: list[list[Box]], number: int) -> None:
    """A picture with a line under it inside of an article: over whole columns, or round the middle between two, with
    the text running on beside it. pieces: of every column what is left for text, which is changed."""
    rng, gutter = press.rng, press.style.gutter
    wide = int(rng.integers(1, len(pieces) + 1))
    at = int(rng.integers(0, len(pieces) - wide + 1))
    tall = rooms([[(p[1], p[3]) for p in column] for column in pieces], at, at + wide)
    low, end = max(tall, key=lambda r: r[1] - r[0], default=(0, 0))
    left, right = (min(p[0] for p in pieces[at]), max(p[2] for p in pieces[at + wide - 1])) if end > low else (0, 0)
    if wide > 1 and rng.random() < 0.4:
        inset = int(press.column * rng.uniform(0.2, 0.55))
        left, right = left + inset, right - inset
    high = int(min((right - left) * rng.uniform(0.4, 1.2), 0.6 * (end - low)))
    if high < 50 or right - left < 50:
        return
    top = [low, int(rng.integers(low, end - high + 1)), end - high][int(rng.choice(3, p=[0.4, 0.45, 0.15]))]
    caption = int(rng.integers(7, 12)) if rng.random() < 0.8 else 0
    foot = top + high - round(1.5 * caption)
    press.picture((left, top, right, foot), number)
    if caption:
        caption_under(press, (left, foot + 2, right, top + high), caption, number)
    around = left - gutter // 2 - 2, top - (6 if top > low else 0), right + gutter // 2 + 2, top + high + 6
    pieces[:] = [cut(column, around) for column in pieces]


def cut(column: list[Box], box: Box) -> list[Box]:
    """What is left of a column's pieces where a box stands: above, beside (if three letters' width is left) and
    below."""
    left, top, right, bottom = box
    rest: list[Box] = []
    for x0, y0, x1, y1 in column:
        if x1 <= left or x0 >= right or y1 <= top or y0 >= bottom:
            rest.append((x0, y0, x1, y1))
            continue
        inner = max(y0, top), min(y1, bottom)
        rest += [(x0, y0, x1, inner[0]), (x0, inner[0], min(left, x1), inner[1]),
                 (max(right, x0), inner[0], x1, inner[1]), (x0, inner[1], x1, y1)]
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in rest if x1 - x0 > 30 and y1 - y0 > 12]


def prose(press: Press, box: Box, number: int) -> None:
    """Text, now and then with a small heading between, which begins no other article."""
    left, top, right, bottom = box
    body = press.style.body
    is_first = True
    while bottom - top > body:
        end = min(bottom, top + int(press.rng.exponential(500)) + 12 * body)
        if bottom - end < 10 * body:
            end = bottom
        if not is_first:
            font = press.font(press.style.bold, body + int(press.rng.integers(0, 3)))
            line = press.fitting(font, (right - left) / press.style.condensed)
            line = line.upper() if press.rng.random() < 0.3 else line
            press.write((left + right) / 2, top + 2, shortened(press, line, font, right - left), font)
            press.mark((left, top, right, top + round(1.4 * font.size)), "headline", number)
            top += round(1.4 * font.size) + 2
        press.text((left, top, right, end), body, press.style.serif, number)
        is_first, top = False, end


def running(press: Press, free: Free) -> None:
    """Articles one under another, and on in the next column, through all that is free."""
    rng, columns, gutter, body = press.rng, press.style.columns, press.style.gutter, press.style.body
    line = body * press.style.leading
    longest = (press.label.shape[0] - 2 * press.style.margin) * float(rng.choice([0.25, 0.6, 1.2, 2.5]))
    number, left_over = 0, 0.0
    for i in range(columns):
        left, right = press.x(i), press.x(i + 1) - gutter
        for low, high in sorted(free[i]):
            row = low
            while row + 6 * line < high:
                if left_over < 2 * line:
                    press.count += 1
                    number = press.count
                    left_over = float(rng.exponential(longest)) + 8 * line
                    press.draw.line((left, row, right, row), fill=60)
                    begin = row
                    row = decks(press, (left, row + 3, right, high), number, int(rng.integers(9, 20)))
                    press.article[begin:row, left:right] = number
                end = min(high, row + round(left_over))
                if end - row > 90 and rng.random() < 0.08:  # a portrait in the column
                    tall = int(min((right - left) * rng.uniform(0.6, 1.3), (end - row) * 0.7))
                    press.picture((left, row + 2, right, row + tall), number)
                    press.text((left, row + tall + 4, right, end), body, press.style.serif, number)
                else:
                    prose(press, (left, row, right, end), number)
                press.article[row:end, left:right] = number
                left_over -= end - row
                row = end + body
    # Between two columns of one article the gutter is the article's too.
    for i in range(1, columns):
        left, right = press.x(i) - gutter, press.x(i)
        before, after = press.article[:, left - 1], press.article[:, right]
        same = (before == after) & (before > 0)
        press.article[same, left:right] = before[same][:, None]


def decks(press: Press, box: Box, number: int, size: int) -> int:
    """A headline of one to five parts, each smaller than the one before, with short rules between; returns the row
    under it. size: of the first, in px."""
    left, top, right, bottom = box
    rng, middle, row = press.rng, (left + right) / 2, top
    for deck in range(int(rng.integers(1, 6))):
        font = press.font(press.style.bold if deck != 1 or rng.random() < 0.6 else press.style.serif, size)
        upper = rng.random() < (0.7 if deck == 0 else 0.3)
        for _ in range(int(rng.integers(1, 4 if size < 20 else 3))):
            if row + 1.3 * size > bottom:
                break
            line = press.fitting(font, (right - left) / press.style.condensed * float(rng.uniform(0.5, 1)))
            line = line or press.words(1)[0]
            line = line.upper() if upper else line
            press.write(middle, row, shortened(press, line, font, right - left), font)
            row += round(size * 1.2)
        if rng.random() < 0.7:
            press.draw.line((middle - 8, row + 3, middle + 8, row + 3), fill=0)
            row += 4
        row += 3
        size = max(round(size * rng.uniform(0.5, 0.85)), press.style.body + 1)
    press.mark((left, top, right, row), "headline", number)
    return row + 2


def shortened(press: Press, line: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """As many of its letters as are no wider, in px."""
    while line and font.getlength(line) * press.style.condensed > width:
        line = line[:-1]
    return line


def block(press: Press, free: Free) -> None:
    """Something across columns between running text: a picture with a line under it, or an advertisement."""
    rng, columns = press.rng, press.style.columns
    wide = int(rng.integers(1, max(columns - 1, 2)))
    first = int(rng.integers(0, columns - wide + 1))
    high = int(min(wide * press.column * rng.uniform(0.5, 1.1), 420))
    fitting = [(a, b) for a, b in rooms(free, first, first + wide) if b - a > high + 120]
    if not fitting:
        return
    low, end = fitting[int(rng.integers(len(fitting)))]
    top = [low, int(rng.integers(low + 50, end - high - 50)), end - high][int(rng.integers(3))]
    left, right = press.x(first), press.x(first + wide) - press.style.gutter
    if rng.random() < 0.6:
        press.nuisance((left, top + 4, right, top + high - 4))
    else:
        press.count += 1
        size = int(rng.integers(9, 15))
        press.picture((left, top + 4, right, top + high - 2 * size - 6), press.count)
        caption_under(press, (left, top + high - 2 * size - 2, right, top + high - 4), size, press.count)
        press.article[top + 4:top + high - 4, left:right] = press.count
    take(free, first, first + wide, top - 4, top + high + 4)


def caption_under(press: Press, box: Box, size: int, number: int) -> None:
    """The line under a picture."""
    left, top, right, bottom = box
    font = press.font(press.style.bold, size)
    press.draw.text(((left + right) / 2, top), press.fitting(font, right - left), font=font, fill=0, anchor="ma")
    press.mark((left, top, right, bottom), "headline", number)
