from hypothesis import given
from hypothesis import strategies as st

from daemon.link.timeline import Timeline, round_up

TEMPI = st.floats(20.0, 300.0)
PULSES = st.integers(0, 10_000_000)


def test_a_beat_at_120_is_half_a_second() -> None:
    timeline = Timeline(480, 10.0, 120.0)
    assert timeline.seconds_at(960) == 10.5
    assert timeline.pulse_at(10.25) == 720.0


@given(TEMPI, PULSES)
def test_pulse_at_undoes_seconds_at(tempo: float, pulse: int) -> None:
    timeline = Timeline(0, 1000.0, tempo)
    assert abs(timeline.pulse_at(timeline.seconds_at(pulse)) - pulse) < 1e-3


@given(TEMPI, TEMPI, PULSES)
def test_a_tempo_change_keeps_the_moment_of_its_pulse(before: float, after: float, pulse: int) -> None:
    timeline = Timeline(0, 5.0, before)
    changed = timeline.retempo(pulse, after)
    assert changed.seconds_at(pulse) == timeline.seconds_at(pulse)
    assert abs(changed.seconds_at(pulse + 480) - changed.seconds_at(pulse) - 60.0 / after) < 1e-6


def test_the_same_tempo_leaves_the_timeline_as_it_is() -> None:
    timeline = Timeline(3, 5.0, 128.0)
    assert timeline.retempo(480, 128.0) is timeline


@given(TEMPI, st.integers(-100_000, 100_000))
def test_renumbering_moves_no_moment(tempo: float, by_pulses: int) -> None:
    timeline = Timeline(0, 5.0, tempo)
    assert timeline.renumbered(by_pulses).seconds_at(77 + by_pulses) == timeline.seconds_at(77)


@given(st.integers(-1000, 1000))
def test_round_up_finds_the_next_multiple(pulse: int) -> None:
    assert round_up(pulse, 20) % 20 == 0
    assert 0 <= round_up(pulse, 20) - pulse < 20
