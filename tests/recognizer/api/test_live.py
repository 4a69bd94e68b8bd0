"""The fast path: what was let in is answered again without Django, as long as nothing changed."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from digitsite.server import fast_path
from digitsite.server.fast_path import FastPath
from recognizer import registry
from recognizer.accounts import changes
from recognizer.answers import serving
from recognizer.models import ApiToken, User
from tests.people import INK, register, signed_in
from tests.recognizer.api.test_recognize import RECOGNIZE
from tests.recognizer.images import encoded, seven

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("changes_of_its_own", "broker", "champion"),
]
MOST = 10_000
Said = tuple[int, dict[str, str], dict[str, Any]]
Post = Callable[..., Said]


@pytest.fixture(autouse=True)
def connection_of_the_test(monkeypatch) -> None:
    """Django's own test client, too, keeps a request from closing it."""
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)


@pytest.fixture
def django_asked() -> list[str]:
    """The paths that Django has answered."""
    return []


@pytest.fixture
def post(django_asked) -> Post:
    """Posts to a site with a fast path: the status, the headers and the JSON that it answers."""
    django = WSGIHandler()

    def counted(environ: dict[str, Any], start_response: Any) -> Any:
        django_asked.append(environ["PATH_INFO"])
        return django(environ, start_response)

    site = FastPath(counted, path=RECOGNIZE, most=MOST, state=changes.state)

    def post(body: object = INK, path: str = RECOGNIZE, **how: Any) -> Said:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        how = {"content_type": "application/json", **how}
        said: list[Any] = []
        content = site(
            RequestFactory().post(path, sent, **how).environ, lambda *start: said.extend(start)
        )
        status, headers = said
        return int(status[:3]), dict(headers), json.loads(b"".join(content))

    return post


@pytest.fixture
def by_token(anna) -> dict[str, str]:
    _, secret = ApiToken.objects.create(user=anna, name="test", scopes=["draw"])
    return {"HTTP_AUTHORIZATION": f"Token {secret}"}


@pytest.fixture
def by_session(anna) -> dict[str, str]:
    client = signed_in(anna)
    client.get("/")
    cookies = {name: one.value for name, one in client.cookies.items()}
    return {
        "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "HTTP_X_CSRFTOKEN": cookies["csrftoken"],
        "HTTP_X_PERSON": str(anna.pk),
    }


@pytest.fixture(params=["nobody", "by_session", "by_token"])
def how(request) -> dict[str, str]:
    return {} if request.param == "nobody" else request.getfixturevalue(request.param)


def timeless(said: Said) -> Said:
    """Without how long it took, which its length depends on."""
    status, headers, answer = said
    return status, headers | {"Content-Length": ""}, answer | {"milliseconds": 0}


@pytest.mark.parametrize("asked", ["", "?words=1", "?pixels=1&words=true"])
def test_the_same_answer_comes_again_without_django(
    post, how, asked, django_asked, django_assert_num_queries
):
    first = post(path=RECOGNIZE + asked, **how)
    assert first[2]["digit"] == 7
    with django_assert_num_queries(0):
        again = post(path=RECOGNIZE + asked, **how)
    assert len(django_asked) == 1
    assert timeless(again) == timeless(first)
    assert int(again[1]["Content-Length"]) > 100


def test_other_strokes_get_their_own_answer(post):
    post(path=f"{RECOGNIZE}?pixels=1")
    other = INK | {"strokes": [[[10, 10], [200, 10]]]}
    assert (
        post(path=f"{RECOGNIZE}?pixels=1")[2]["pixels"]
        != (post(other, path=f"{RECOGNIZE}?pixels=1")[2]["pixels"])
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"\xff", b'{"strokes": NaN}', b"{}", INK | {"strokes": []}, b" " * 10_001],
)
def test_what_cannot_be_read_is_refused_in_the_same_words(post, body, django_asked):
    before = post(body)
    assert post()[0] == 200
    assert post(body) == before
    assert before[0] == 400 and before[2]["error"]
    assert len(django_asked) == 3


def test_an_image_is_answered_by_django(post, django_asked):
    for _ in range(2):
        assert post(encoded(seven()), content_type="image/png")[2]["digit"] == 7
    assert len(django_asked) == 2


def test_without_the_csrf_token_it_is_refused(post, by_session):
    assert post(**by_session)[0] == 200
    del by_session["HTTP_X_CSRFTOKEN"]
    assert post(**by_session)[0] == 403


def test_a_wrong_host_is_refused(post):
    assert post()[0] == 200
    assert post(HTTP_HOST="elsewhere.example")[0] == 400


def test_what_the_address_may_not_say_is_refused(post):
    assert post()[0] == 200
    assert post(path=f"{RECOGNIZE}?word=1")[0] == 400


def test_a_get_is_refused(post):
    assert post()[0] == 200
    assert post(REQUEST_METHOD="GET")[0] == 405


def _revoke(token: ApiToken) -> None:
    token.delete()


def _narrow(token: ApiToken) -> None:
    token.scopes = ["read"]
    token.save()


def _end(token: ApiToken) -> None:
    token.expiry = timezone.now() - dt.timedelta(seconds=1)
    token.save()


def _deactivate(token: ApiToken) -> None:
    token.user.is_active = False
    token.user.save()


def _delete_the_person(token: ApiToken) -> None:
    User.objects.filter(pk=token.user_id).delete()


@pytest.mark.parametrize(
    ("change", "status"),
    [(_revoke, 401), (_narrow, 403), (_end, 401), (_deactivate, 401), (_delete_the_person, 401)],
)
def test_a_change_of_a_token_counts_at_once(
    post, anna, by_token, change, status, django_asked, on_commit
):
    assert [post(**by_token)[0] for _ in range(2)] == [200, 200]
    assert len(django_asked) == 1
    with on_commit():
        change(ApiToken.objects.get(user=anna))
    assert post(**by_token)[0] == status


def test_a_token_ends_when_it_is_to_end(post, anna, django_asked, monkeypatch):
    ends = timezone.now() + dt.timedelta(seconds=1)
    _, secret = ApiToken.objects.create(
        user=anna, name="test", scopes=["draw"], expiry=ends - timezone.now()
    )
    by_token = {"HTTP_AUTHORIZATION": f"Token {secret}"}
    assert [post(**by_token)[0] for _ in range(2)] == [200, 200]
    assert len(django_asked) == 1
    monkeypatch.setattr(fast_path.time, "time", lambda: ends.timestamp() + 0.1)
    post(**by_token)
    assert len(django_asked) == 2


def test_a_session_that_ended_counts_at_once(post, anna, by_session, django_asked, on_commit):
    assert [post(**by_session)[0] for _ in range(2)] == [200, 200]
    assert len(django_asked) == 1
    with on_commit():
        anna.set_password("another passphrase")
        anna.save()
    post(**by_session)
    assert len(django_asked) == 2


@pytest.mark.slow
def test_it_is_remembered_for_seconds_only(post, django_asked, monkeypatch):
    post()
    now = fast_path.time.time()
    monkeypatch.setattr(fast_path.time, "time", lambda: now + fast_path.SECONDS + 0.1)
    assert post()[0] == 200
    assert len(django_asked) == 2


def test_the_rate_holds_there_too(post, set_rate, by_token, django_asked):
    set_rate("live", 5)
    codes = [post(**by_token)[0] for _ in range(7)]
    assert codes == [200] * 5 + [429] * 2
    assert len(django_asked) == 3


def test_a_new_champion_answers_there_too(post, on_commit):
    assert post()[2]["digit"] == 7
    with on_commit():
        registry.promote(register(3, origin="trained"))
    serving.model_cache.expire()
    assert post()[2]["digit"] == 3


def test_no_more_heads_are_remembered_than_have_room(post, django_asked, monkeypatch):
    monkeypatch.setattr(fast_path, "MOST", 2)
    for number in [1, 2, 3, 3, 1]:
        post(HTTP_X_NUMBER=str(number))
    assert len(django_asked) == 4


def test_a_name_that_is_given_twice_is_refused_here_too(post, django_asked):
    assert post()[0] == 200
    status, _, said = post(json.dumps(INK).encode()[:-1] + b', "width": 300}')
    assert (status, said["error"]) == (400, "“width” is given more than once.")
    assert django_asked == [RECOGNIZE] * 2
