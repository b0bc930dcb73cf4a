"""Values as positions of knobs, and back."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.control.scaling import CURVES, Curve, position_of, value_at
from daemon.parameters import SPECS, check

NAMES: Final = [*SPECS]


@pytest.mark.parametrize("name", NAMES)
def test_both_ends_of_a_knob_are_both_ends_of_the_parameter(name: str) -> None:
    spec = SPECS[name]
    ends = {
        "bool": (False, True),
        "choice": (spec.choices[:1] or ("",))[0:1] + (spec.choices[-1:] or ("",))[0:1],
    }.get(spec.kind, (spec.low, spec.high))
    assert (value_at(spec, 0.0), value_at(spec, 1.0)) == ends


@given(st.sampled_from(NAMES), st.floats(0, 1), st.sampled_from(CURVES))
def test_every_position_is_an_allowed_value_that_stays_where_it_is(
    name: str, position: float, curve: Curve
) -> None:
    spec = SPECS[name]
    value = value_at(spec, position, curve=curve)
    assert check(name, value) == value
    again = value_at(spec, position_of(spec, value, curve=curve), curve=curve)
    assert again == (pytest.approx(value) if spec.kind == "float" else value)


@given(st.sampled_from(NAMES))
def test_every_default_has_a_position(name: str) -> None:
    spec = SPECS[name]
    again = value_at(spec, position_of(spec, spec.default))
    assert again == (pytest.approx(spec.default) if spec.kind == "float" else spec.default)


def test_a_range_may_be_a_part_of_it_and_turned_round() -> None:
    tempo = SPECS["tempo"]
    assert value_at(tempo, 0.5, 120, 140) == 130
    assert value_at(tempo, 0.25, 140, 120) == 135
    assert position_of(tempo, 135, 140, 120) == 0.25
    assert value_at(tempo, 0.5, 100, 200, "exp") == 125
    assert position_of(tempo, 200, 100, 140) == 1.0, "beyond the range is its end"
