"""Who may do what: every address of the site, every method that it takes, everybody who may ask.

A new address needs a row here. Each row is tried by everybody; what it changes is undone.
"""

import datetime as dt
import re
from collections.abc import Callable
from functools import partial
from http.cookies import SimpleCookie
from typing import Any, NamedTuple

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from rest_framework.test import APIClient

from recognizer.accounts import roles
from recognizer.models import ApiToken, AuditEvent, Drawing, Import, Scope, Share, User
from recognizer.services import deleting, labelling, saving
from tests.people import INK, confirmed, drawn_by, grant, person, program_of, register, signed_in
from tests.project.routes import routes
from tests.recognizer.images import encoded, seven
from tests.training.helpers import rows
from training.models import Promotion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
Statuses = dict[str, int | str]

# Everybody ---------------------------------------------------------------------------------------

ROLES = {"reviewer": roles.REVIEW, "trainer": roles.TRAIN, "promoter": roles.PROMOTE}
MEMBERS = ["owner", "stranger", *ROLES, "admin"]  # with sessions
# Of the owner, who then has every role: what is refused, the scope refuses.
TOKENS = [f"token: {scope}" for scope in Scope]
DEAD_TOKENS = ["expired token", "revoked token", "token of a closed account"]
VISITORS = ["nobody", "closed account"]
EVERYBODY = [*VISITORS, *MEMBERS, *TOKENS, *DEAD_TOKENS]
SIGN_IN = "sign in"  # led to where one signs in
REFUSALS = {SIGN_IN, 401, 403, 404, 405, 409}
# By the start of a table's name: what no refused request changes. Not the use of tokens,
# nor the audit log.
KEPT = "training|recognizer_(?!apitoken|auditevent)[a-z]+|account|mfa|auth"


def page(everybody: int) -> Statuses:
    """A page for everybody."""
    return dict.fromkeys(EVERYBODY, everybody)


def shared(status: int) -> Statuses:
    """A page for everybody, while its owner's account is open."""
    return page(status) | {"token of a closed account": 404}


def entrance(status: int) -> Statuses:
    """A page for who is not signed in."""
    return page(status) | dict.fromkeys(MEMBERS, 302)


def member(status: int) -> Statuses:
    """A page for who is signed in. No token opens a page."""
    return page(SIGN_IN) | dict.fromkeys(MEMBERS, status)


def own(status: int, *, others: int = 404) -> Statuses:
    """A page of what is the owner's."""
    return member(others) | {"owner": status}


def role(status: int, *allowed: str) -> Statuses:
    """A page for some roles."""
    return member(404) | dict.fromkeys([*allowed, "admin"], status)


def admin(status: int) -> Statuses:
    """A page of the admin."""
    return page(SIGN_IN) | {"admin": status}


def api(status: int, scope: Scope | None = None) -> Statuses:
    """For who is signed in, and for a token with that scope."""
    refused = dict.fromkeys(TOKENS, 403)
    taken = {f"token: {scope}": status} if scope else {}
    return page(401) | dict.fromkeys(MEMBERS, status) | refused | taken


def api_for_all(status: int, scope: Scope | None = None) -> Statuses:
    """For everybody, but for tokens that are wrong or without that scope, if one is needed."""
    tokens = TOKENS if scope is None else [f"token: {scope}"]
    return api(status) | dict.fromkeys([*VISITORS, *tokens], status)


def api_own(status: int, scope: Scope | None = None, *, others: int = 404) -> Statuses:
    """For the owner alone."""
    return api(status, scope) | dict.fromkeys(MEMBERS[1:], others)


def api_role(status: int, scope: Scope, allowed: str) -> Statuses:
    """For a role."""
    refused = dict.fromkeys(MEMBERS, 403)
    return api(status, scope) | refused | dict.fromkeys([allowed, "admin"], status)


# Everything --------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A request and who gets which status. `sent` goes as JSON to the API, else as a form; its
    strings, and the address, may name {places}."""

    method: str
    address: str
    expected: Statuses
    sent: dict[str, Any] | None = None


DRAWING = ["the drawing"]  # its id stands in a list
ALL_OF_ONE = "?all=true&count=1"
DRAW, READ, CORRECT, REVIEW, TRAIN = Scope
API = [
    Row("post", "/api/recognize/", api_for_all(200, DRAW), INK),
    Row("post", "/api/explain/", api_for_all(200, DRAW), INK),
    Row("get", "/api/schema/", api_for_all(200)),
    Row("get", "/api/docs/", page(200)),
    Row("get", "/api/account/", api(200, READ)),
    Row("patch", "/api/account/", api(200, CORRECT), {"teaches": False}),
    Row("delete", "/api/account/", api(204)),
    Row("get", "/api/tokens/", api(200)),
    Row("post", "/api/tokens/", api(201), {"name": "mine", "scopes": ["read"]}),
    Row("delete", "/api/tokens/{token}/", api_own(204)),
    Row("get", "/api/drawings/", api(200, READ)),
    Row("post", "/api/drawings/", api(202, DRAW), INK),
    Row("post", "/api/drawings/delete/?digit=7", api(200, CORRECT)),
    Row("get", "/api/drawings/export/?type=csv", api(200, READ)),
    Row("get", "/api/drawings/{drawing}/", api_own(200, READ)),
    Row("delete", "/api/drawings/{drawing}/", api_own(204, CORRECT)),
    Row("post", "/api/drawings/{drawing}/labels/", api_own(201, CORRECT), {"digit": 7}),
    Row("delete", "/api/drawings/{drawing}/labels/", api_own(200, CORRECT)),
    Row(
        "post",
        "/api/drawings/selected/",
        api_own(200, CORRECT),
        {"drawings": DRAWING, "act": "label", "digit": 7},
    ),
    Row("get", "/api/drawings/{drawing}/picture/", api_own(200, READ)),
    Row("get", "/api/drawings/{drawing}/why/", api_own(200, READ)),
    Row("get", "/api/imports/", api(200, READ)),
    Row("post", "/api/imports/", api(400, DRAW)),  # without a file
    Row("get", "/api/imports/{import}/", api_own(200, READ)),
    Row("delete", "/api/imports/{import}/", api_own(204, CORRECT)),
    Row("post", "/api/imports/{import}/start/", api_own(200, CORRECT)),
    Row("get", "/api/exemplars/", api(200, READ)),
    Row("delete", "/api/exemplars/{exemplar}/", api_own(204, CORRECT)),
    Row("get", "/api/drawings/deleted/", api(200, READ)),
    Row("get", "/api/drawings/deleted/{deleted}/", api_own(200, READ)),
    Row("delete", "/api/drawings/deleted/{deleted}/", api_own(204, CORRECT)),
    Row("get", "/api/drawings/deleted/{deleted}/picture/", api_own(200, READ)),
    Row("post", "/api/drawings/deleted/{deleted}/restore/", api_own(200, CORRECT)),
    # The others have none: the count is wrong.
    Row("post", f"/api/drawings/deleted/erase/{ALL_OF_ONE}", api_own(200, CORRECT, others=409)),
    Row("post", f"/api/drawings/deleted/restore/{ALL_OF_ONE}", api_own(200, CORRECT, others=409)),
    Row("get", "/api/runs/", api_role(200, TRAIN, "trainer")),
    Row("post", "/api/runs/", api_role(201, TRAIN, "trainer")),
    Row("get", "/api/runs/{run}/", api_role(200, TRAIN, "trainer")),
    Row("post", "/api/runs/{run}/cancel/", api_role(200, TRAIN, "trainer")),
    Row("get", "/api/review/next/", api_role(200, REVIEW, "reviewer")),
    Row("post", "/api/review/claims/", api_role(200, REVIEW, "reviewer"), {"drawings": [1]}),
    Row("post", "/api/review/release/", api_role(204, REVIEW, "reviewer"), {"drawings": [1]}),
    Row(
        "post",
        "/api/review/many/",
        api_role(200, REVIEW, "reviewer"),
        {"drawings": [1], "digit": 7},
    ),
    Row("post", "/api/review/{other}/label/", api_role(201, REVIEW, "reviewer"), {"digit": 7}),
    Row("post", "/api/review/{other}/skip/", api_role(204, REVIEW, "reviewer")),
]
PAGES = [
    Row("get", "/", page(200)),
    Row("get", "/help/", page(200)),
    Row("get", "/learning/", page(200)),
    Row("get", "/privacy/", page(200)),
    Row("get", "/about/", page(200)),
    Row("get", "/health/live", page(200)),
    Row("get", "/health/ready", page(200)),
    Row("get", "/history/", member(200)),
    Row("get", "/history/export/?type=csv", member(200)),
    Row("get", "/history/delete/", member(200)),
    Row("post", "/history/delete/", own(302, others=409), {"all": "true", "count": 3}),
    Row("get", "/history/import/", member(200)),
    Row("post", "/history/import/", member(400)),  # without a file
    Row("get", "/history/import/{import}/", own(200)),
    Row("post", "/history/import/{import}/start/", own(302)),
    Row("post", "/history/import/{import}/discard/", own(302)),
    Row("get", "/history/deleted/", member(200)),
    Row("post", "/history/deleted/restore/", own(302, others=409), {"all": "true", "count": 1}),
    Row("get", "/history/deleted/erase/", member(302)),
    Row("post", "/history/deleted/erase/", own(302, others=409), {"all": "true", "count": 1}),
    Row("post", "/history/deleted/{deleted}/restore/", own(302)),
    Row("get", "/history/deleted/{deleted}/erase/", member(302)),
    Row("post", "/history/deleted/{deleted}/erase/", own(302)),
    Row("get", "/history/deleted/{deleted}/thumbnail/", own(200)),
    Row("get", "/drawings/{drawing}/", own(200)),
    Row("post", "/drawings/{drawing}/delete/", own(302)),
    Row("get", "/drawings/{drawing}/thumbnail/", own(200)),
    Row("post", "/drawings/{drawing}/share/", own(302)),
    Row("post", "/drawings/{drawing}/unshare/", own(302)),
    Row("get", "/drawings/{drawing}/card.png", own(200)),
    Row("get", "/shared/{share}/", shared(200)),
    Row("get", "/shared/{share}/card.png", shared(200)),
    Row("get", "/drawings/{upload}/original/", own(200)),
    Row("get", "/drawings/{drawing}/pixels/", own(200)),
    Row("get", "/usage/", member(200)),
    Row("get", "/usage/taught/", member(200)),
    Row("get", "/usage/{drawing}/", own(200)),
    Row("get", "/account/", member(200)),
    Row("post", "/account/", member(302), {"teaches": "on"}),
    Row("get", "/account/shapes/", member(200)),
    Row("get", "/first/", member(200)),
    Row("post", "/account/shapes/{exemplar}/remove/", own(302)),
    Row("get", "/account/tokens/", member(302)),
    Row("post", "/account/tokens/", member(302), {"name": "x", "scopes": "read", "days": "90"}),
    Row("post", "/account/tokens/{token}/revoke/", own(302)),
    Row("get", "/account/leave/", member(302)),
    Row("post", "/account/leave/", own(302, others=200), {"username": "owner"}),
    Row("get", "/review/", role(200, "reviewer")),
    Row("get", "/review/grid/", role(200, "reviewer")),
    Row("post", "/review/grid/", role(302, "reviewer"), {"drawing": "{other}", "what": "7"}),
    Row("get", "/runs/", role(200, "trainer")),
    Row("post", "/runs/train/", role(302, "trainer")),
    Row("post", "/runs/schedule/", role(302, "trainer"), {"hour": "3"}),
    Row("post", "/runs/mail/", role(302, "trainer")),
    Row("get", "/runs/{run}/", role(200, "trainer")),
    Row("post", "/runs/{run}/cancel/", role(302, "trainer")),
    Row("post", "/runs/{refused}/promote/", role(302, "promoter"), {"reason": "A try."}),
    Row("get", "/runs/{run}/metrics.json", role(200, "trainer")),
    Row("get", "/runs/drawings/{other}/", role(200, "reviewer", "trainer")),
    Row("get", "/versions/", role(200, "trainer", "promoter")),
    Row("post", "/versions/{version}/champion/", role(302, "promoter"), {"reason": "A try."}),
    Row("get", "/versions/{version}/model.onnx", role(200, "trainer", "promoter")),
    Row("get", "/dashboard/", role(200, "reviewer", "trainer", "promoter")),
]
PASSWORD = {"password": "a long passphrase"}
ACCOUNTS = [
    Row("get", "/accounts/login/", entrance(200)),
    Row("post", "/accounts/login/", entrance(200)),
    Row("get", "/accounts/signup/", entrance(200)),
    Row("post", "/accounts/signup/", entrance(200)),
    Row("get", "/accounts/logout/", page(302) | dict.fromkeys(MEMBERS, 200)),
    Row("post", "/accounts/logout/", page(302)),
    Row("get", "/accounts/inactive/", page(200)),
    Row("get", "/accounts/email/", member(200)),
    Row("post", "/accounts/email/", member(302)),
    Row("get", "/accounts/confirm-email/", page(200)),
    Row("get", "/accounts/confirm-email/wrong/", page(200)),
    Row("post", "/accounts/confirm-email/wrong/", page(404)),
    Row("get", "/accounts/reauthenticate/", member(200)),
    Row("post", "/accounts/reauthenticate/", member(302), PASSWORD),
    Row("get", "/accounts/password/change/", member(200)),
    Row("post", "/accounts/password/change/", member(200)),
    Row("get", "/accounts/password/set/", member(302)),  # who has one changes it
    Row("post", "/accounts/password/set/", member(302)),
    Row("get", "/accounts/password/reset/", page(200)),
    Row("post", "/accounts/password/reset/", page(200)),
    Row("get", "/accounts/password/reset/done/", page(200)),
    Row("get", "/accounts/password/reset/key/1-wrong/", page(200)),
    Row("post", "/accounts/password/reset/key/1-wrong/", page(200)),
    Row("get", "/accounts/password/reset/key/done/", page(200)),
    # Steps of a sign-in that was not begun.
    Row("get", "/accounts/login/code/confirm/", member(302)),
    Row("post", "/accounts/login/code/confirm/", member(302)),
    Row("get", "/accounts/2fa/authenticate/", member(302)),
    Row("post", "/accounts/2fa/authenticate/", member(302)),
    Row("get", "/accounts/2fa/webauthn/login/", member(302)),
    Row("post", "/accounts/2fa/webauthn/login/", member(302)),
    Row("get", "/accounts/2fa/", member(200)),
    Row("get", "/accounts/2fa/reauthenticate/", member(302)),
    Row("post", "/accounts/2fa/reauthenticate/", member(302)),
    Row("get", "/accounts/2fa/totp/activate/", member(200)),
    Row("post", "/accounts/2fa/totp/activate/", member(200)),
    Row("get", "/accounts/2fa/totp/deactivate/", member(404)),  # they have none
    Row("post", "/accounts/2fa/totp/deactivate/", member(404)),
    Row("get", "/accounts/2fa/recovery-codes/", member(404)),
    Row("get", "/accounts/2fa/recovery-codes/download/", member(404)),
    Row("get", "/accounts/2fa/recovery-codes/generate/", member(200)),
    Row("post", "/accounts/2fa/recovery-codes/generate/", member(302)),
    Row("get", "/accounts/2fa/webauthn/", member(200)),
    Row("get", "/accounts/2fa/webauthn/add/", member(200)),
    Row("post", "/accounts/2fa/webauthn/add/", member(200)),
    Row("get", "/accounts/2fa/webauthn/reauthenticate/", member(200)),
    Row("post", "/accounts/2fa/webauthn/reauthenticate/", page(SIGN_IN)),  # without its answer
    Row("get", "/accounts/2fa/webauthn/keys/{key}/remove/", own(200)),
    Row("post", "/accounts/2fa/webauthn/keys/{key}/remove/", own(302)),
    Row("get", "/accounts/2fa/webauthn/keys/{key}/edit/", own(200)),
    Row("post", "/accounts/2fa/webauthn/keys/{key}/edit/", own(302), {"name": "other"}),
]
ADMIN = [
    Row("get", "/admin/", admin(200)),
    Row("get", "/admin/login/", member(403) | {"admin": 302}),
    Row("post", "/admin/login/", member(403) | {"admin": 200}),
    Row("post", "/admin/logout/", page(302)),
    Row("get", "/admin/password_change/", admin(302)),
    Row("post", "/admin/password_change/", admin(302)),
    Row("get", "/admin/password_change/done/", admin(200)),
    Row("get", "/admin/autocomplete/", admin(403)),  # no form of ours completes names
    Row("get", "/admin/jsi18n/", admin(200)),
    Row("get", "/admin/r/1/1/", admin(404)),
    Row("get", "/admin/recognizer/", admin(200)),
    Row("get", "/admin/nothing", admin(404)),
    Row("get", "/admin/recognizer/drawing/{upload}/thumbnail/", admin(200)),
    Row("get", "/admin/recognizer/user/{recognizer_user}/password/", admin(200)),
    Row("post", "/admin/recognizer/user/{recognizer_user}/password/", admin(200)),
]
# What an admin may do in the admin with rows of each kind, beside looking at them.
EVERYTHING = {"add", "change", "delete"}
MODELS = {
    "auth/group": EVERYTHING,
    "recognizer/user": EVERYTHING,
    "recognizer/apitoken": {"delete"},
    "recognizer/auditevent": set(),
    "recognizer/drawing": {"delete"},
    "recognizer/modelversion": set(),
    "training/trainingrun": set(),
    "training/promotion": set(),
    "account/emailaddress": EVERYTHING,
    "mfa/authenticator": {"delete"},
    "django_celery_beat/periodictask": EVERYTHING,
    "django_celery_beat/clockedschedule": EVERYTHING,
    "django_celery_beat/crontabschedule": EVERYTHING,
    "django_celery_beat/solarschedule": EVERYTHING,
    "django_celery_beat/intervalschedule": EVERYTHING,
}


def _in_admin(model: str, allowed: set[str]) -> list[Row]:
    home = f"/admin/{model}/"
    one = f"{home}{{{model.replace('/', '_')}}}/"
    done = {act: admin(200 if act in allowed else 403) for act in EVERYTHING}
    return [
        Row("get", home, admin(200)),
        Row("get", f"{home}add/", done["add"]),
        Row("post", f"{home}add/", done["add"]),
        Row("get", one, admin(302)),
        Row("get", f"{one}change/", admin(200)),
        Row("post", f"{one}change/", done["change"]),
        Row("get", f"{one}history/", admin(200)),
        Row("get", f"{one}delete/", done["delete"]),
    ]


ADMIN += [row for model, allowed in MODELS.items() for row in _in_admin(model, allowed)]
TABLE = [*API, *PAGES, *ACCOUNTS, *ADMIN]

# The site, with something of everything ----------------------------------------------------------

# What a security key sent when it was added.
KEY = {
    "id": "aWQ",
    "rawId": "aWQ",
    "response": {
        "clientDataJSON": (
            "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiZUEiLCJvcmlnaW4iOiJodHRwOi8vdGVzdH"
            "NlcnZlciIsImNyb3NzT3JpZ2luIjpmYWxzZX0"
        ),
        "attestationObject": (
            "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViGAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABBAAAA"
            "AAAAAAAAAAAAAAAAAAAAAAAAAmlkpQECAyYgASFYIFiXrN-1vKQdXMKEAGp1tF_iwsg9v1LJhRGxZOGXEmeTIlgg"
            "PEizHP90OPApP_iBhoOx4Pjwz1ebcSLoSypbDfRETEU"
        ),
    },
    "clientExtensionResults": {},
    "type": "public-key",
}


def with_key(name: str, **fields: object) -> User:
    """A person with a security key, so that what concerns keys is there for all."""
    user = person(name, **fields)
    user.authenticator_set.create(type="webauthn", data={"name": "key", "credential": KEY})
    return user


@pytest.fixture
def places(champion) -> dict[str, object]:
    """What addresses name: the owner's, but for {other}; and a row for each page of the admin."""
    owner = with_key("owner")
    other, drawing, deleted = drawn_by(person("writer")), drawn_by(owner), drawn_by(owner)
    deleting.delete(Drawing.objects.filter(pk=deleted.pk))
    upload, _ = saving.keep_image(owner=owner, content=encoded(seven()))
    exemplar = drawn_by(owner)
    labelling.label(drawing=exemplar, author=owner, digit=9)
    version = register(3, origin="trained")
    run = rows.run("queued", champion=champion)
    key = owner.authenticator_set.get().pk
    token = ApiToken.objects.create(user=owner, name="program", scopes=["read"])[0]
    return {
        "drawing": drawing.pk,
        "deleted": deleted.pk,
        "upload": upload.pk,
        "share": Share.objects.create(drawing=exemplar).token,
        "exemplar": exemplar.pk,
        "import": Import.objects.create(owner=owner, state="checked").pk,
        "other": other.pk,
        "token": token.public_id,
        "key": key,
        "version": version.pk,
        "run": run.pk,
        "refused": rows.run("rejected", champion=champion, challenger=version).pk,
        "recognizer_user": owner.pk,
        "recognizer_apitoken": token.pk,
        "recognizer_auditevent": AuditEvent.objects.latest("at").pk,
        "recognizer_drawing": drawing.pk,
        "recognizer_modelversion": version.pk,
        "training_trainingrun": run.pk,
        "training_promotion": Promotion.objects.create(version=champion).pk,
        "mfa_authenticator": key,
        "auth_group": Group.objects.create(name="readers").pk,
        "account_emailaddress": _address_of(owner).pk,
        **_schedules(),
    }


def _address_of(user: User) -> EmailAddress:
    return EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)


def _schedules() -> dict[str, object]:
    every = IntervalSchedule.objects.create(every=1, period="days")
    task = PeriodicTask.objects.create(name="a task", task="recognizer.sweep", interval=every)
    clocked = ClockedSchedule.objects.create(clocked_time=timezone.now())
    solar = SolarSchedule.objects.create(event="sunset", latitude=0, longitude=0)
    crontab = CrontabSchedule.objects.create()
    made = [every, task, clocked, solar, crontab]
    return {f"django_celery_beat_{one._meta.model_name}": one.pk for one in made}


def client_of(who: str) -> APIClient:
    if who == "nobody":
        return APIClient()
    if who in VISITORS or who in MEMBERS:
        return confirmed(_session_of(who)) if who in MEMBERS else _session_of(who, is_active=False)
    return _program(who)


def _session_of(who: str, **fields: object) -> APIClient:
    is_admin = who == "admin"
    user = User.objects.filter(username=who).first() or with_key(
        who.replace(" ", "-"), is_superuser=is_admin, is_staff=is_admin
    )
    if who in ROLES:
        grant(user, ROLES[who])
    client = signed_in(user)
    _shows_the_key(client, user)
    User.objects.filter(pk=user.pk).update(**fields) if fields else None
    return client


def _shows_the_key(client: APIClient, user: User) -> None:
    """As signing in with a second factor does, so that it is not asked for again."""
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "mfa")
    request.session.save()


def _program(who: str) -> APIClient:
    owner = grant(User.objects.get(username="owner"), *roles.EVERY)
    if who in TOKENS:
        return program_of(owner, scopes=[who.removeprefix("token: ")])
    ends = -dt.timedelta(seconds=1) if who == "expired token" else None
    client = program_of(owner, expiry=ends)
    if who == "revoked token":
        ApiToken.objects.latest("created").delete()
    if who == "token of a closed account":
        User.objects.filter(pk=owner.pk).update(is_active=False)
    return client


# The tests ---------------------------------------------------------------------------------------


def asked(client: APIClient, row: Row, places: dict[str, object]) -> int | str:
    """What comes of the row's request, whose effects are undone."""
    kept = SimpleCookie({name: morsel.value for name, morsel in client.cookies.items()})
    writes: list[str] = []
    with transaction.atomic(), connection.execute_wrapper(partial(_note, writes)):
        response = _send(client, row, places)
        b"".join(response)  # an export gives its place back when all is read
        transaction.set_rollback(True)
    client.cookies = kept
    status = SIGN_IN if _leads_to_sign_in(response) else response.status_code
    assert not (status in REFUSALS and writes), writes
    return status


def _note(writes: list[str], execute: Callable[..., Any], sql: str, *query: Any) -> Any:
    if re.match(rf'(INSERT INTO|UPDATE|DELETE FROM) "({KEPT})', sql):
        writes.append(sql)
    return execute(sql, *query)


def _send(client: APIClient, row: Row, places: dict[str, object]) -> HttpResponse:
    send = getattr(client, row.method)
    address = row.address.format(**places)
    if row.method == "get":
        return send(address)
    filled = {
        name: value.format(**places) if isinstance(value, str) else value
        for name, value in (row.sent or {}).items()
    }
    if filled.get("drawings") == DRAWING:
        filled["drawings"] = [places["drawing"]]
    kind = "json" if address.startswith("/api/") else "multipart"
    return send(address, filled if row.sent else None, format=kind)


def _leads_to_sign_in(response: HttpResponse) -> bool:
    where = response.get("Location", "")
    return response.status_code == 302 and where.startswith(("/accounts/login/", "/admin/login/"))


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.slow
def test_everybody_may_do_what_the_table_says(places, who):
    client = client_of(who)
    seen = {f"{row.method} {row.address}": asked(client, row, places) for row in TABLE}
    assert seen == {f"{row.method} {row.address}": row.expected[who] for row in TABLE}


def _route(row: Row, places: dict[str, object]) -> str:
    return resolve(row.address.partition("?")[0].format(**places)).route


def test_the_table_has_every_address_and_no_other(places):
    assert {_route(row, places) for row in TABLE} == {route for route, _ in routes()}
    assert len({(row.method, _route(row, places)) for row in TABLE}) == len(TABLE)


def test_no_address_takes_another_method(places):
    """Not of the admin and allauth, whose pages take some methods for others."""
    client = client_of("admin")
    ours = [row for row in TABLE if row in API or row in PAGES]
    taken = {(row.method, row.address.partition("?")[0]) for row in ours}
    others = {
        (method, address)
        for _, address in taken
        for method in ("get", "post", "put", "patch", "delete")
        if (method, address) not in taken
    }
    seen = {other: asked(client, Row(*other, page(405)), places) for other in others}
    assert seen == dict.fromkeys(others, 405)
