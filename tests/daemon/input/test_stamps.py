"""Times of messages: the driver's times between them, placed by when they were read."""

import random

from daemon.input.stamps import Stamps


def read_all(times: list[float], looks: list[float], drift: float = 1.0) -> list[float]:
    """Return the stamps of messages that arrive at `times` and are read at `looks`."""
    stamps, found, before = Stamps(), [], 0.0
    waiting = list(times)
    for look in looks:
        while waiting and waiting[0] <= look:
            arrived = waiting.pop(0)
            found.append(stamps.stamp((arrived - before) * drift, look))
            before = arrived
        stamps.found_empty(look)
    return found


def test_a_busy_process_does_not_blur_the_times() -> None:
    chance = random.Random(1)
    times = [n * 0.0208 for n in range(1, 400)]
    looks, now = [], 0.0
    while now < times[-1]:
        now += chance.choice((0.003, 0.003, 0.003, 0.08)) * chance.uniform(
            0.9, 1.1
        )  # now and then it is held up for 80 ms
        looks.append(now)
    late = [stamp - time for stamp, time in zip(read_all(times, looks), times, strict=False)]
    assert max(late[150:]) - min(late[150:]) < 0.0002
    assert max(map(abs, late[150:])) < 0.0005


def test_a_driver_whose_clock_drifts_stays_in_place() -> None:
    times = [n * 0.0208 for n in range(1, 20000)]
    looks = [n * 0.003 for n in range(1, 140000)]
    stamped = read_all(times, looks, drift=1.0002)
    assert max(abs(stamp - time) for stamp, time in zip(stamped, times, strict=False)) < 0.0031


def test_delta_times_that_the_driver_lost_are_made_up_for() -> None:
    stamps = Stamps()
    stamps.stamp(0.0, 1.0)
    stamps.found_empty(1.0)
    stamps.found_empty(5.0)
    assert 5.0 <= stamps.stamp(0.001, 5.003) <= 5.003
