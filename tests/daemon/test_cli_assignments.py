"""`NAME=VALUE` of `edmd ctl set`: defaults, steps from now, groups of names, and what is refused."""

import pytest

from daemon.commands import assignments
from daemon.commands.assignments import Step
from daemon.commands.failure import UsageError
from daemon.parameters import Parameters, Value

_PARTS = ("melody", "percussion")
_NOW = Parameters().to_names()


def made(*words: str) -> tuple[dict[str, Value], list[str]]:
    wanted = assignments.read(words)
    assert set(assignments.stepped(wanted)) <= _NOW.keys()
    return assignments.values(wanted, _NOW)


@pytest.mark.parametrize(
    ("words", "params"),
    [
        (["energy+=0.1"], {"energy": 0.6}),
        (["energy -= 0.2"], {"energy": 0.3}),
        (["tempo*=0.5"], {"tempo": 64.0}),
        (["transpose-=5"], {"transpose": -5}),
        (["humanize+=0.2"], {"humanize": 0.3}),  # and not 0.30000000000000004
        (["energy=0.9", "energy-=0.1"], {"energy": 0.8}),
        (["energy+=.1", "energy+=.1"], {"energy": 0.7}),
        (["energy=", "scale=", "lead.mute="], {"energy": 0.5, "scale": "free", "lead.mute": False}),
        (["temperature="], {"melody.temperature": 1.0, "percussion.temperature": 1.0}),
        (["mute=on"], dict.fromkeys(("lead.mute", "chords.mute", "bass.mute", "drums.mute"), True)),
        (["key=Am"], {"key": "Am"}),
    ],
)  # fmt: skip
def test_what_is_set(words: list[str], params: dict[str, Value]) -> None:
    found, cuts = made(*words)
    assert (found, cuts) == (params, [])
    assert all(type(found[name]) is type(value) for name, value in params.items())


def test_a_step_out_of_the_range_is_cut_and_told() -> None:
    assert made("energy+=7", "transpose-=30") == (
        {"energy": 1.0, "transpose": -24},
        ["energy is 0 to 1; 7.5 was cut to 1", "transpose is -24 to 24 semitones; -30 was cut to -24"],
    )


def test_a_step_is_read_before_the_daemon_is_asked() -> None:
    wanted = assignments.read(["energy+=0.1", "tempo=120"])
    assert wanted == [("energy", Step("+", 0.1)), ("tempo", 120)]
    assert assignments.stepped(wanted) == ["energy"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["scale+=1"], "+= changes numbers only, and scale is none: write scale=VALUE"),
        (["lead.mute*=2"], "*= changes numbers only, and lead.mute is none: write lead.mute=VALUE"),
        (["transpose+=.5"], 'transpose is a whole number, -24 to 24 semitones; got ".5": it changes by whole numbers only'),
        (["energy+="], 'energy is a number, 0 to 1; got ""'),
        (["enrgy+=1"], 'no parameter is named "enrgy"; did you mean energy?'),
        (["energy"], '"energy" is not NAME=VALUE: write energy=VALUE'),
        (["temperature=x"], "\n".join(f'{part}.temperature is a number, 0.05 to 3; got "x"' for part in _PARTS)),
        (["energy+=x", "tempo=999"], 'energy is a number, 0 to 1; got "x"\ntempo is 20 to 300 BPM; got 999'),
    ],
)  # fmt: skip
def test_what_is_refused(words: list[str], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        made(*words)
    assert refused.value.message == sentence
