"""The requests of the page: a whole study, wrong requests, and what is never told."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import needs

needs.library("flask")

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from daemon.study.app import LISTENER_HEADER, MOST_BYTES, create_app
from daemon.study.rates import Allowance
from daemon.study.store import Store
from daemon.study.study import FILE_NAME, Study

GOOD = {"ratings": [4, 4, 4, 4], "heard_seconds": 3.0}


@pytest.fixture
def store(folder: Path, study: Study) -> Iterator[Store]:
    with Store(folder, study.id) as opened:
        yield opened


@pytest.fixture
def client(folder: Path, study: Study, store: Store) -> FlaskClient:
    return create_app(study, folder, store).test_client()


@pytest.fixture(autouse=True)
def slow_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by 4 s whenever it is looked at, so that clips are heard at once."""
    times = itertools.count(1_000_000.0, 4.0)
    monkeypatch.setattr("time.time", lambda: next(times))


def begin(client: FlaskClient) -> tuple[str, dict[str, Any]]:
    told = client.post("/api/listeners", json={"language": "de", "playing": "some"}).get_json()["result"]
    return told["token"], told["screen"]


def answer(client: FlaskClient, token: str, number: int, body: Any = GOOD) -> TestResponse:
    return client.put(f"/api/answers/{number}", json=body, headers={LISTENER_HEADER: token})


def test_a_whole_study(client: FlaskClient, store: Store, study: Study) -> None:
    token, screen = begin(client)
    kinds = []
    while screen["kind"] != "done":
        kinds.append(screen["kind"])
        ratings = screen.get("asked", [1 + screen["number"] % 7, 2, 3, 4])
        reply = answer(client, token, screen["number"], {"ratings": ratings, "heard_seconds": 3.0})
        screen = reply.get_json()["result"]["screen"]
    assert kinds.count("clip") == study.clips
    assert kinds.count("check") == 1
    again = client.get("/api/screen", headers={LISTENER_HEADER: token}).get_json()["result"]["screen"]
    assert again == screen
    assert len(screen["code"]) == 10
    assert [len(each) for each in store.answers().values()] == [study.clips + 1]


def test_an_answer_sent_twice_counts_once(client: FlaskClient, store: Store) -> None:
    token, _ = begin(client)
    first = answer(client, token, 0).get_json()
    assert answer(client, token, 0, {"ratings": [7, 7, 7, 7], "heard_seconds": 3.0}).get_json() == first
    assert [each.ratings for each in next(iter(store.answers().values()))] == [(4, 4, 4, 4)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"ratings": [1, 2, 3], "heard_seconds": 3.0}, 400, "bad_request"),
        ({"ratings": [1, 2, 3, 8], "heard_seconds": 3.0}, 400, "bad_request"),
        ({"ratings": [0, 2, 3, 4], "heard_seconds": 3.0}, 400, "bad_request"),
        ({"ratings": [True, 2, 3, 4], "heard_seconds": 3.0}, 400, "bad_request"),
        ({"ratings": [1.5, 2, 3, 4], "heard_seconds": 3.0}, 400, "bad_request"),
        ({"ratings": [1, 2, 3, 4], "heard_seconds": -1}, 400, "bad_request"),
        ({"ratings": [1, 2, 3, 4], "name": "x"}, 400, "bad_request"),
        ({"ratings": [1, 2, 3, 4], "heard_seconds": 1.0}, 400, "unheard"),
        ([1], 400, "bad_request"),
        ({"ratings": [1] * MOST_BYTES}, 413, "http"),
    ],
)
def test_a_wrong_answer_is_refused_and_changes_nothing(
    client: FlaskClient, store: Store, body: Any, status: int, code: str
) -> None:
    token, _ = begin(client)
    reply = answer(client, token, 0, body)
    assert (reply.status_code, reply.get_json()["error"]["code"]) == (status, code)
    assert store.answers() == {}


def test_no_screen_is_skipped(client: FlaskClient) -> None:
    token, _ = begin(client)
    assert answer(client, token, 1).status_code == 409
    assert answer(client, token, 99).status_code == 409


def test_a_stranger_is_refused(client: FlaskClient) -> None:
    assert client.get("/api/screen").status_code == 401
    assert answer(client, "nobody", 0).status_code == 401


@pytest.mark.parametrize(
    "body",
    [{"language": "xx"}, {}, {"language": "en", "playing": "A long tale!"}, {"language": "en", "name": "x"}],
)
def test_a_listener_who_tells_too_much_is_refused(client: FlaskClient, store: Store, body: Any) -> None:
    assert client.post("/api/listeners", json=body).status_code == 400
    assert store.listeners() == []


def test_one_address_brings_only_so_many_listeners(client: FlaskClient) -> None:
    statuses = [client.post("/api/listeners", json={"language": "en"}).status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]


def test_an_allowance_refills() -> None:
    now = [0.0]
    allowance = Allowance(2, 10.0, lambda: now[0])
    assert [allowance.allows("a") for _ in range(3)] == [True, True, False]
    assert allowance.allows("b")
    now[0] = 5.0
    assert [allowance.allows("a") for _ in range(2)] == [True, False]


def test_an_allowance_forgets() -> None:
    now = [0.0]
    allowance = Allowance(1, 1.0, lambda: now[0])
    for origin in range(5000):
        assert allowance.allows(str(origin))
        now[0] += 0.001
    assert len(allowance._left) <= 4096


def test_a_clip_is_sent_whole_and_in_part(client: FlaskClient) -> None:
    _, screen = begin(client)
    whole = client.get(screen["clip"])
    part = client.get(screen["clip"], headers={"Range": "bytes=100-199"})
    assert (whole.status_code, whole.mimetype) == (200, "audio/mpeg")
    assert (part.status_code, part.data) == (206, whole.data[100:200])
    whole.close()
    part.close()


def test_nothing_tells_the_source(client: FlaskClient, study: Study, folder: Path) -> None:
    token, screen = begin(client)
    sizes, replies = set(), [json.dumps(screen)]
    while screen["kind"] != "done":
        if screen["kind"] == "clip":
            reply = client.get(screen["clip"])
            sizes.add((len(reply.data), reply.headers["Last-Modified"]))
            replies.append(str(reply.headers))
            assert not any(name.encode() in reply.data for name in (*study.names, "piece"))
            reply.close()
        screen = answer(client, token, screen["number"]).get_json()["result"]["screen"]
        replies.append(json.dumps(screen))
    assert len(sizes) == 1, "all clips have one size and one time"
    assert not any(name in each for each in replies for name in (*study.names, "piece"))


@pytest.mark.parametrize(
    "path",
    [
        f"/{FILE_NAME}",
        f"/clips/../{FILE_NAME}",
        "/clips/%2e%2e/study.json",
        "/answers.sqlite",
        "/clips/x.mp3",
    ],
)
def test_other_files_are_not_sent(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_every_answer_has_the_headers_of_safety(client: FlaskClient) -> None:
    for path in ("/", "/static/js/main.js", "/api/screen", "/nowhere"):
        reply = client.get(path)
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
        assert "unsafe" not in reply.headers["Content-Security-Policy"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in reply.headers
        reply.close()


def test_the_page_names_nothing_outside() -> None:
    static = Path(__file__).parents[2] / "daemon" / "study" / "static"
    found = [
        path.name
        for path in static.rglob("*")
        if path.is_file()
        and "//" in path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        if path.suffix in {".html", ".css"}
    ]
    assert found == []


def test_both_languages_have_the_same_texts() -> None:
    texts = Path(__file__).parents[2] / "daemon" / "study" / "static" / "texts"
    english, german = (
        json.loads((texts / f"{name}.json").read_text(encoding="utf-8")) for name in ("en", "de")
    )
    assert english.keys() == german.keys()

    def gaps(text: str) -> set[str]:
        return {part.partition("}")[0] for part in text.split("{")[1:]}

    assert [key for key in english if gaps(english[key]) != gaps(german[key])] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda each: st.lists(each, max_size=5) | st.dictionaries(st.text(max_size=8), each, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(["ratings", "heard_seconds", "language", "playing", "x"]), JSON) | JSON,
    st.text(),
)
def test_whatever_is_sent_is_refused_in_words(
    client: FlaskClient, store: Store, body: Any, number: str
) -> None:
    headers = {LISTENER_HEADER: store.admit("en", "", ""), "Content-Type": "application/json"}
    data = json.dumps(body)
    for reply in (
        client.put("/api/answers/0", data=data, headers=headers),
        client.put(f"/api/answers/{quote(number, safe='')}", data=data, headers=headers),
        client.post("/api/listeners", data=data, headers=headers),
    ):
        assert reply.status_code in {400, 401, 404, 405, 409, 413, 308}
    assert store.answers() == {}


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "0x1", "1e3", "\u0663"])
def test_strange_numbers_of_screens_are_refused(client: FlaskClient, number: str) -> None:
    token, _ = begin(client)
    reply = client.put(f"/api/answers/{quote(number)}", json=GOOD, headers={LISTENER_HEADER: token})
    assert reply.status_code in {404, 409}


@pytest.mark.parametrize("heard", ["1e999", "9" * 400, "NaN", "-1e999"])
def test_strange_durations_are_refused(client: FlaskClient, heard: str) -> None:
    token, _ = begin(client)
    data = f'{{"ratings": [1, 2, 3, 4], "heard_seconds": {heard}}}'
    headers = {LISTENER_HEADER: token, "Content-Type": "application/json"}
    assert client.put("/api/answers/0", data=data, headers=headers).status_code == 400


def test_a_full_disk_loses_no_stored_answer(client: FlaskClient, store: Store) -> None:
    token, _ = begin(client)
    assert answer(client, token, 0).status_code == 200
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    statuses = [client.post("/api/listeners", json={"language": "en"}).status_code for _ in range(60)]
    assert 503 in statuses
    assert [len(each) for each in store.answers().values()] == [1]
    store._connection.execute("PRAGMA max_page_count = 100000")
    assert answer(client, token, 1).status_code == 200
