"""The table of live parameters against the contract, and its checks."""

import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.parameters import (
    SPECS,
    DrumPart,
    DrumPartSettings,
    MelodicSettings,
    ParameterError,
    Parameters,
    SamplingSettings,
    change,
    check,
    check_all,
)
from models.codecs import percussion
from models.genres import NAMES
from models.notes import VOICES, Voice

CONTRACT: dict[str, tuple[str, Any, Any, Any]] = {
    "tempo": ("float", 20, 300, 128),
    "classical_mix": ("float", 0, 1, 0.2),
    "transpose": ("int", -24, 24, 0),
    "melody.temperature": ("float", 0.05, 3, 1.0),
    "percussion.temperature": ("float", 0.05, 3, 1.0),
    "melody.top_p": ("float", 0.05, 1, 0.95),
    "percussion.top_p": ("float", 0.05, 1, 0.95),
    "energy": ("float", 0, 1, 0.5),
    "density": ("float", 0, 1, 0.5),
    "repetition": ("float", 0, 1, 0.6),
    "scale": ("choice", -math.inf, math.inf, "free"),
    "swing": ("float", 0, 0.75, 0),
    "humanize": ("float", 0, 1, 0.1),
    "gate": ("float", 0.1, 1, 0.9),
    "velocity": ("float", 0, 2, 1),
    **{
        f"{voice}.mute": ("bool", -math.inf, math.inf, False) for voice in ("lead", "chords", "bass", "drums")
    },
    **{f"{voice}.octave": ("int", -3, 3, 0) for voice in ("lead", "chords", "bass")},
    "director": ("bool", -math.inf, math.inf, True),
    "hook": ("choice", -math.inf, math.inf, "auto"),
    "loop": ("choice", -math.inf, math.inf, "off"),
    "genre": ("choice", -math.inf, math.inf, "auto"),
    "genre_to": ("choice", -math.inf, math.inf, "auto"),
    "genre_mix": ("float", 0, 1, 0),
    "simplicity": ("float", 0, 1, 0.5),
}
# Parameters beyond the contract that replace the director's plan.
BY_HAND = {
    *(f"{part}.level" for part in ("bass", "chords", "lead", "kick", "backbeat", "hats", "colour")),
    *("section", "key", "chord_loop"),
}

NUMBERS = [name for name, spec in SPECS.items() if spec.kind in ("int", "float")]


def test_the_table_is_the_contract() -> None:
    found = {name: (spec.kind, spec.low, spec.high, spec.default) for name, spec in SPECS.items()}
    by_hand = {name: found.pop(name) for name in BY_HAND}
    assert found == CONTRACT
    assert {(kind, default) for kind, _, _, default in by_hand.values()} == {("choice", "auto")}


def test_the_genres_are_those_of_the_table_of_genres() -> None:
    assert SPECS["genre"].choices == SPECS["genre_to"].choices == ("auto", *NAMES)


def test_defaults_are_allowed_and_every_parameter_has_help() -> None:
    for name, spec in SPECS.items():
        assert check(name, spec.default) == spec.default
        assert spec.help
        assert spec.describe()["default"] == spec.default


def test_names_and_snapshots_convert_both_ways() -> None:
    values = {"melody.temperature": 1.2, "lead.mute": True, "scale": "C minor"}
    parameters = Parameters.from_names(values)
    assert (parameters.melody.temperature, parameters.lead.mute, parameters.scale) == (1.2, True, "C minor")
    assert Parameters.from_names(parameters.to_names()) == parameters
    assert list(parameters.to_names()) == list(SPECS)


def test_parameters_of_one_group_change_together_and_the_others_stay() -> None:
    changed = change(
        Parameters(), {"bass.octave": -1, "bass.mute": True, "kick.level": "2", "melody.top_p": 0.5}
    )
    assert changed.bass == MelodicSettings(mute=True, octave=-1)
    assert (changed.kick.level, changed.melody.top_p, changed.melody.temperature) == ("2", 0.5, 1.0)
    assert (changed.lead, changed.hats, changed.percussion) == (
        MelodicSettings(),
        DrumPartSettings(),
        SamplingSettings(),
    )
    assert {name for name in SPECS if changed.value(name) != SPECS[name].default} == {
        *("bass.octave", "bass.mute", "kick.level", "melody.top_p")
    }


@pytest.mark.parametrize("voice", VOICES)
def test_the_settings_of_a_voice_have_its_contract_names(voice: Voice) -> None:
    parameters = change(Parameters(), {f"{voice}.mute": True})
    assert [each for each in VOICES if parameters.voice(each).mute] == [voice]


def test_the_parts_of_the_drums_are_those_of_the_codec() -> None:
    for part in get_args(DrumPart):
        parameters = change(Parameters(), {f"{part}.level": "3"})
        assert [each for each in get_args(DrumPart) if parameters.drum_part(each).level == "3"] == [part]
    assert [part.name for part in percussion.LAYOUT.parts] == list(get_args(DrumPart))


def test_help_of_a_group_is_that_of_its_parameters_in_its_own_words() -> None:
    assert SPECS["hats.level"].help.startswith("both hats; auto: as planned")
    assert SPECS["kick.level"].help.endswith("3 (more); 2 is a kick on every beat")


@pytest.mark.parametrize(
    ("name", "value", "code", "message"),
    [
        ("tempo", 9000, "out_of_range", "tempo is 20 to 300 BPM; got 9000"),
        ("tempo", "3", "wrong_type", 'tempo is a number, 20 to 300 BPM; got "3"'),
        ("tempo", True, "wrong_type", "tempo is a number, 20 to 300 BPM; got true"),
        ("tempo", None, "wrong_type", "tempo is a number, 20 to 300 BPM; got null"),
        ("tempo", math.nan, "out_of_range", "tempo is 20 to 300 BPM; got nan"),
        ("tempo", math.inf, "out_of_range", "tempo is 20 to 300 BPM; got inf"),
        pytest.param(
            "tempo", 10**5000, "out_of_range", "tempo is 20 to 300 BPM; got a very large number", id="huge"
        ),
        ("tmpo", 120, "unknown_parameter", 'no parameter is named "tmpo"; did you mean tempo?'),
        ("transpose", 1.0, "wrong_type", "transpose is a whole number, -24 to 24 semitones; got 1.0"),
        ("transpose", 25, "out_of_range", "transpose is -24 to 24 semitones; got 25"),
        ("lead.mute", 1, "wrong_type", "lead.mute is true or false; got 1"),
        ("lead.mute", [], "wrong_type", "lead.mute is true or false; got a list"),
    ],
)
def test_refusals_say_what_is_allowed(name: str, value: object, code: str, message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        check(name, value)
    assert (refused.value.code, refused.value.name, refused.value.message) == (code, name, message)


def test_a_choice_suggests_the_nearest_and_forgives_case() -> None:
    assert check("scale", "f#  MAJOR") == "F# major"
    with pytest.raises(ParameterError, match="did you mean C minor"):
        check("scale", "C minr")
    with pytest.raises(ParameterError, match=r"scale is a text.*got 3"):
        check("scale", 3)


def test_whole_numbers_are_numbers_and_come_back_as_floats() -> None:
    accepted = check("tempo", 140)
    assert accepted == 140.0
    assert isinstance(accepted, float)


@given(st.sampled_from(NUMBERS), st.floats() | st.integers())
def test_what_is_accepted_is_always_in_range(name: str, value: float) -> None:
    spec = SPECS[name]
    try:
        accepted = check(name, value)
    except ParameterError as error:
        assert error.code in ("out_of_range", "wrong_type")  # noqa: PT017 - either way is fine, but no other
    else:
        assert spec.low <= float(accepted) <= spec.high


@given(
    st.dictionaries(
        st.sampled_from(list(SPECS)) | st.text(max_size=50), st.integers() | st.text() | st.none()
    )
)
def test_a_change_is_all_or_nothing(values: dict[str, Any]) -> None:
    before = Parameters()
    refused = any(_refused(name, value) for name, value in values.items())
    if refused:
        with pytest.raises(ParameterError):
            change(before, values)
    else:
        assert change(before, values).to_names() == {**before.to_names(), **values}
    assert before == Parameters()


def _refused(name: str, value: object) -> bool:
    try:
        check(name, value)
    except ParameterError:
        return True
    return False


def test_all_wrong_values_are_told_at_once() -> None:
    with pytest.raises(ParameterError) as refused:
        check_all({"tempo": 9000, "gate": 0.5, "swing": "x", "tmpo": 1})
    assert (refused.value.code, refused.value.name) == ("out_of_range", "tempo")
    assert refused.value.message.split("\n") == [
        "tempo is 20 to 300 BPM; got 9000",
        'swing is a number, 0 to 0.75; got "x"',
        'no parameter is named "tmpo"; did you mean tempo?',
    ]
    with pytest.raises(ParameterError) as many:
        check_all({f"x{number}": number for number in range(1000)})
    assert len(many.value.message.split("\n")) == 9
    assert check_all({"tempo": 90, "gate": 1}) == {"tempo": 90.0, "gate": 1.0}
