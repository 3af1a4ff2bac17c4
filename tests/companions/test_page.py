"""Pages of the demonstrations: what every one of them has."""

from __future__ import annotations

import numpy as np
import pytest

from companions import page


def test_a_picture_says_what_it_shows_to_who_cannot_see_it() -> None:
    made = page.picture(np.zeros((2, 2), np.uint8), "black < white")
    assert 'alt="black &lt; white"' in made and "<figcaption>black &lt; white</figcaption>" in made
    file = b"GIF89a"
    assert 'alt="a walk"' in page.embedded(file, alt="a walk") and "image/gif" in page.embedded(file, alt="a walk")
    with pytest.raises(ValueError, match="without a word"):
        page.embedded(file)
