"""Tables of tolerances: values that are read, and that nobody can set."""

import pytest

from omr.types.table import table


@table
class Limits:
    reach: float = 1.5
    between: tuple[float, float] = (0.5, 2.0)


def test_a_table_tells_its_values():
    limits = Limits()
    assert limits.reach == 1.5
    assert limits.between == (0.5, 2.0)


def test_a_value_cannot_be_set():
    limits = Limits()
    with pytest.raises(AttributeError, match="Limits.reach cannot be set"):
        limits.reach = 2.0
    assert limits.reach == 1.5
    assert Limits().reach == 1.5
