from daemon.player.timing.clock import SystemClock, VirtualClock


def test_the_system_clock_never_returns_early() -> None:
    clock = SystemClock()
    for wait_seconds in (0.0, 0.0001, 0.003):
        deadline = clock.now() + wait_seconds
        clock.sleep_until(deadline)
        assert clock.now() >= deadline


def test_a_past_deadline_returns_at_once() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep_until(before - 60.0)
    assert clock.now() - before < 10.0


def test_the_virtual_clock_jumps_and_never_goes_back() -> None:
    clock = VirtualClock(3.0)
    clock.sleep_until(7.5)
    clock.sleep_until(1.0)
    assert clock.now() == 7.5
