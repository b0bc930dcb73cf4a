"""When a role hangs, and how soon it is started again, without processes."""

from daemon.supervision.policy import History, patience_seconds


def waits(history: History, worked_seconds: float, deaths: int) -> list[float]:
    found = []
    for _ in range(deaths):
        history = history.died(worked_seconds)
        found.append(history.wait_seconds)
    return found


def test_one_that_has_worked_for_a_while_is_started_again_at_once_however_often() -> None:
    assert waits(History().worked(), 2.0, 50) == [0.0] * 50


def test_while_processes_die_young_the_next_one_comes_later_and_later() -> None:
    assert waits(History().worked(), 0.0, 6) == [0.0, 0.0, 0.25, 0.5, 1.0, 1.0]
    assert waits(History().worked(), 0.0, 5000)[-1] == 1.0


def test_one_that_works_for_a_while_ends_the_waiting() -> None:
    history = History().worked()
    for _ in range(5):
        history = history.died(0.0)
    assert history.died(1.5).wait_seconds == 0.0


def test_a_role_is_given_up_only_if_it_has_never_worked() -> None:
    never = History().died(0.0).died(0.0)
    assert not never.is_hopeless
    assert never.died(0.0).is_hopeless
    assert not never.worked().died(0.0).is_hopeless


def test_a_composer_may_be_silent_for_a_second_and_a_half_and_a_player_not() -> None:
    assert patience_seconds("composer", is_ready=True) > 2.0
    assert patience_seconds("player", is_ready=True) < 1.5
    assert patience_seconds("composer", is_ready=False) > 60.0, "a large model on a slow disk"
