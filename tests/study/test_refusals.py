"""Requests that no page sends: too early, of other sites, in other forms; and a file of answers that is not there."""

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from tests import needs

needs.library("flask")

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from daemon.study.app import LISTENER_HEADER, create_app
from daemon.study.rows import FILE_NAME
from daemon.study.store import Store
from daemon.study.study import Study
from daemon.study.told import Listening, Playing, seconds_early

LISTENERS = "/api/listeners"
HOST = "study.example"


@pytest.fixture
def store(folder: Path, study: Study) -> Iterator[Store]:
    with Store(folder, study.id) as opened:
        yield opened


@pytest.fixture
def client(folder: Path, study: Study, store: Store) -> FlaskClient:
    return create_app(study, folder, store).test_client()


def begin(client: FlaskClient) -> str:
    return str(client.post(LISTENERS, json={"language": "en"}).get_json()["result"]["token"])


def answer(client: FlaskClient, token: str, number: int, heard: float) -> TestResponse:
    body = {"ratings": [1, 2, 3, 4], "heard_seconds": heard}
    return client.put(f"/api/answers/{number}", json=body, headers={LISTENER_HEADER: token})


def code_of(reply: TestResponse) -> tuple[int, str]:
    return reply.status_code, reply.get_json()["error"]["code"]


def test_what_cannot_have_been_heard_yet_is_refused(client: FlaskClient, store: Store) -> None:
    token = begin(client)
    early = answer(client, token, 0, 20.0)
    assert code_of(early) == (409, "early")
    assert early.headers["Retry-After"] == "20"
    assert code_of(answer(client, token, 0, 2.6)) == (409, "early")
    assert store.answers() == {}
    time.sleep(2.6)
    assert answer(client, token, 0, 2.6).status_code == 200
    assert code_of(answer(client, token, 1, 2.6)) == (409, "early"), "the next clip has to be heard too"


def test_a_server_that_was_started_again_knows_what_was_heard(
    folder: Path, study: Study, client: FlaskClient, store: Store
) -> None:
    token = begin(client)
    store.close()
    with Store(folder, study.id) as again:
        other = create_app(study, folder, again).test_client()
        assert code_of(answer(other, token, 0, 20.0)) == (409, "early")


def test_the_wait_is_the_rest_of_what_was_heard() -> None:
    assert seconds_early(20.0, 1000.0, 1005.0) == 15
    assert seconds_early(20.0, 1000.0, 1020.0) == 0
    assert seconds_early(0.0, 1000.0, 1000.0) == 0, "the attention check has no clip"
    assert seconds_early(20.0, 1000.0, 900.0) == 0, "the clock was set back"
    assert seconds_early(20.0, None, 900.0) == 0


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_other_content_types_are_refused(client: FlaskClient, store: Store, kind: str) -> None:
    token = begin(client)
    headers = {LISTENER_HEADER: token, **({"Content-Type": kind} if kind else {})}
    data = '{"language": "en"}'
    assert code_of(client.post(LISTENERS, data=data, headers=headers)) == (415, "media_type")
    assert code_of(client.put("/api/answers/0", data=data, headers=headers)) == (415, "media_type")
    assert len(store.listeners()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": f"http://{HOST}"},
        {"Origin": "http://other.example"},
        {"Origin": f"http://{HOST}:81"},
        {"Origin": f"http://{HOST}.other.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
def test_scripts_of_other_sites_are_refused(
    client: FlaskClient, store: Store, headers: dict[str, str]
) -> None:
    named = {"Host": HOST, **headers}
    assert code_of(client.post(LISTENERS, json={"language": "en"}, headers=named)) == (403, "elsewhere")
    assert code_of(client.get("/api/study", headers=named)) == (403, "elsewhere")
    assert store.listeners() == []
    page = client.get("/", headers=named)
    assert page.status_code == 200, "links lead to the page from everywhere"
    page.close()


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin"}, {"Origin": f"http://{HOST}"}, {"Origin": f"https://{HOST}"}, {}],
)
def test_the_page_itself_is_not_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    named = {"Host": HOST, **headers}
    assert client.post(LISTENERS, json={"language": "en"}, headers=named).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        r'{"language": "\ud800"}',
        r'{"language": "en", "playing": "\udfff"}',
        r'{"language": "en", "\ud800": 1}',
        r'{"language": "en", "x": ["\ud800"]}',
        r'{"language": "en", "x": ' + "[" * 1500 + "]" * 1500 + "}",
    ],
)
def test_halves_of_characters_are_refused_in_words(client: FlaskClient, body: str) -> None:
    token = begin(client)
    headers = {LISTENER_HEADER: token, "Content-Type": "application/json"}
    for reply in (
        client.post(LISTENERS, data=body, headers=headers),
        client.put("/api/answers/0", data=body, headers=headers),
    ):
        assert reply.status_code == 400
        assert reply.get_json()["error"]["message"]


@pytest.mark.parametrize(
    "told",
    [
        {"playing": "maybe"},
        {"playing": "some\n"},
        {"playing": "daily"},
        {"listening": "some"},
        {"listening": "0"},
        {"language": "en\n"},
        {"language": "fr"},
    ],
)
def test_only_the_choices_of_the_page_are_accepted(client: FlaskClient, store: Store, told: Any) -> None:
    assert code_of(client.post(LISTENERS, json={"language": "en", **told})) == (400, "bad_request")
    assert store.listeners() == []


def test_the_page_offers_the_choices_that_are_accepted() -> None:
    script = Path(__file__).parents[2] / "daemon" / "study" / "static" / "js" / "screens.js"
    text = script.read_text(encoding="utf-8")
    for name, kind in (("playing", Playing), ("listening", Listening)):
        offered = re.search(rf"{name}: \[(.*?)\]", text)
        assert offered is not None
        assert ("", *re.findall('"(.*?)"', offered[1])) == get_args(kind)


@pytest.mark.parametrize("rating", ["2.0", "1e0", "true", '"2"', "null"])
def test_whole_numbers_are_whole(client: FlaskClient, rating: str) -> None:
    token = begin(client)
    headers = {LISTENER_HEADER: token, "Content-Type": "application/json"}
    data = f'{{"ratings": [1, 2, 3, {rating}]}}'
    assert code_of(client.put("/api/answers/0", data=data, headers=headers)) == (400, "bad_request")


def test_a_deleted_file_of_answers_is_told(client: FlaskClient, folder: Path) -> None:
    token = begin(client)
    (folder / FILE_NAME).rename(folder / "elsewhere")
    for reply in (
        client.post(LISTENERS, json={"language": "en"}),
        client.get("/api/screen", headers={LISTENER_HEADER: token}),
    ):
        assert code_of(reply) == (503, "gone")
        assert "was deleted or replaced" in reply.get_json()["error"]["message"]
        assert str(folder) not in reply.get_data(as_text=True)
    (folder / "elsewhere").rename(folder / FILE_NAME)
    assert client.get("/api/screen", headers={LISTENER_HEADER: token}).status_code == 200


def test_listeners_who_wait_for_the_disk_do_not_use_up_their_allowance(
    client: FlaskClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    (folder / FILE_NAME).rename(folder / "elsewhere")
    statuses = {client.post(LISTENERS, json={"language": "en"}).status_code for _ in range(100)}
    assert statuses == {503}
    (folder / "elsewhere").rename(folder / FILE_NAME)
    assert client.post(LISTENERS, json={"language": "en"}).status_code == 200


def test_nobody_is_admitted_before_the_allowance_is_charged(client: FlaskClient, store: Store) -> None:
    for _ in range(70):
        client.post(LISTENERS, json={"language": "en"})
    assert len(store.listeners()) == 60


def test_a_row_that_was_edited_is_no_error_of_the_server(client: FlaskClient, folder: Path) -> None:
    token = begin(client)
    with contextlib.closing(sqlite3.connect(folder / FILE_NAME)) as file, file:
        file.execute("UPDATE listeners SET number = 'first'")
    assert code_of(client.get("/api/screen", headers={LISTENER_HEADER: token})) == (503, "store")
