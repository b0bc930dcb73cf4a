"""Reports of sent messages: none is lost and none comes twice, whichever composer is there."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.link.player import Attached, FromPlayer, Sent, ToPlayer, Underrun
from daemon.link.timeline import Timeline
from daemon.player.link import NewComposer
from daemon.player.reports import Reports
from models.take import SentRow

ATTACHED = Attached(0, 0, 0, 0, False, Timeline(0, 0.0, 120.0), (), {}, "")
FULL_BYTES = 256 * 1024


def row(number: int) -> SentRow:
    return (number, "lead", True, 60, 100, 1, 0)


class Composers:
    """A link to one composer after another; `told` is what the last one was told, `waiting_bytes` what it did not read."""

    def __init__(self) -> None:
        self.told: list[FromPlayer] = []
        self.waiting_bytes = 0

    def attach(self, reports: Reports) -> None:
        """Put a new composer in the place of the last one."""
        self.told, self.waiting_bytes = [], 0
        reports.attach(ATTACHED)

    def poll(self, timeout_seconds: float, /) -> bool:
        return False

    def recv(self) -> ToPlayer | NewComposer:
        raise BlockingIOError

    def send(self, message: FromPlayer, /) -> None:
        self.told.append(message)

    @property
    def numbers(self) -> list[int]:
        return [message.number for message in self.told if isinstance(message, Sent)]


def report(reports: Reports, *numbers: int) -> None:
    for number in numbers:
        reports.sent((row(number),), (number,))


def test_reports_are_numbered_and_told_at_once() -> None:
    link = Composers()
    report(Reports(link), 1, 2)
    assert link.told == [Sent(1, (row(1),), (1,)), Sent(2, (row(2),), (2,))]


def test_a_new_composer_hears_first_what_the_one_before_has_not_received() -> None:
    link = Composers()
    reports = Reports(link)
    report(reports, *range(1, 6))
    reports.received(3)
    assert link.numbers == [1, 2, 3, 4, 5]
    link.attach(reports)
    report(reports, 6)
    assert link.told == [ATTACHED, *(Sent(number, (row(number),), (number,)) for number in (4, 5, 6))]


def test_a_new_composer_hears_nothing_that_was_received() -> None:
    link = Composers()
    reports = Reports(link)
    report(reports, 1, 2)
    reports.received(2)
    link.attach(reports)
    assert link.told == [ATTACHED]
    report(reports, 3)
    assert link.numbers == [3]


def test_a_composer_that_receives_nothing_gets_few_and_later_all() -> None:
    link = Composers()
    reports = Reports(link)
    report(reports, *range(1, 101))
    assert link.numbers == list(range(1, 33))
    for _ in range(100):
        reports.received(link.numbers[-1])
    assert link.numbers == list(range(1, 101))


def test_a_full_link_gets_no_message_and_loses_no_report() -> None:
    link = Composers()
    reports = Reports(link)
    report(reports, 1)
    link.waiting_bytes = FULL_BYTES
    reports.tell(Underrun(4))
    report(reports, 2, 3)
    assert link.told == [Sent(1, (row(1),), (1,))]
    link.waiting_bytes = 0
    reports.received(1)
    assert link.numbers == [1, 2, 3]


def test_without_a_composer_for_hours_the_last_reports_stay() -> None:
    link = Composers()
    reports = Reports(link)
    report(reports, *range(1, 5001))
    link.attach(reports)
    while link.numbers[-1] < 5000:
        reports.received(link.numbers[-1])
    assert link.numbers == list(range(905, 5001))


@given(st.lists(st.sampled_from(["sent", "received", "attach", "full", "free"]), max_size=200))
def test_whatever_happens_each_report_is_received_once_and_in_order(steps: list[str]) -> None:
    """Each composer keeps what it was told, and the next one goes on from there."""
    link, kept, sent = Composers(), [0], 0
    reports = Reports(link)
    for step in [*steps, "attach", *["received"] * 10]:
        match step:
            case "sent":
                sent += 1
                report(reports, sent)
            case "received" if link.numbers:
                kept += [number for number in link.numbers if number > kept[-1]]
                reports.received(kept[-1])
            case "attach":
                link.attach(reports)
            case "full":
                link.waiting_bytes = FULL_BYTES
            case "free":
                link.waiting_bytes = 0
            case _:
                pass
        assert link.numbers == sorted(set(link.numbers))
    assert kept == list(range(sent + 1))
