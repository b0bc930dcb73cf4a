"""The JSON Schema of requests allows what the daemon's own checks allow, and nothing else."""

from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.control.fields import Field
from daemon.control.messages import ControlError
from daemon.control.protocol import OPS
from daemon.control.schemas import DIALECT
from daemon.parameters import SPECS
from tests import needs

jsonschema = needs.library("jsonschema")
FIELDS: Final = {f"{op}.{key}": field for op, shape in OPS.items() for key, field in shape.fields.items()}
NOTE: Final = {"beat": 0, "length": 1, "voice": "lead", "pitch": 60}
TEXTS: Final = ["", "a", "a b", "a\0", "x" * 32, "x" * 33, "x" * 256, "x" * 257]


def near(field: Field) -> list[Any]:
    """Return values at the edges of what a field allows."""
    limits = [field.schema[end] for end in ("minimum", "maximum") if end in field.schema]
    return [
        *field.choices,
        *TEXTS,
        *limits,
        *(limit - 1 for limit in limits),
        *(limit + 1 for limit in limits),
    ]


def values(field: Field) -> st.SearchStrategy[Any]:
    """Generate values of JSON; a whole number is never written as 1.0, which JSON Schema counts as whole."""
    fractions = st.floats(allow_nan=False, allow_infinity=False).filter(lambda each: not each.is_integer())
    simple = (
        st.sampled_from(near(field)) | st.integers() | fractions | st.booleans() | st.text("abc ", max_size=4)
    )
    names = st.sampled_from([*SPECS, "tmpo"])
    ends = st.sampled_from([0, 1, -1, 0.5, 200, True, "auto", "drop", "off"])
    notes = st.dictionaries(st.sampled_from([*NOTE, "velocity", "x"]), simple, max_size=2).map(
        lambda part: NOTE | part
    )
    return (
        simple
        | st.lists(names, max_size=3)
        | st.dictionaries(names, ends, max_size=3)
        | st.lists(notes, max_size=2)
    )


@pytest.mark.parametrize("name", FIELDS)
@given(data=st.data())
def test_the_schema_of_a_key_allows_what_its_check_allows(name: str, data: st.DataObject) -> None:
    field = FIELDS[name]
    value = data.draw(values(field))
    is_allowed = False
    with suppress(ControlError):
        field.check("key", value)
        is_allowed = True
    validator = jsonschema.Draft202012Validator({"$schema": DIALECT, **field.schema})
    assert validator.is_valid(value) == is_allowed, value
