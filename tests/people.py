"""People, ink and a small real network to try things with."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import caches
from django.test import Client
from rest_framework.test import APIClient

from digitsite.extensions import breaker
from recognizer import export, registry
from recognizer.accounts import changes, roles
from recognizer.answers import personal, serving
from recognizer.answers.stored import worker
from recognizer.api.requests import known_callers
from recognizer.ink import rasterize, strokes
from recognizer.limits.throttles import Bundles, WindowThrottle
from recognizer.models import ApiToken, Drawing, ModelVersion, Scope, User
from tests import networks

SEVEN = [[[40, 40], [160, 45], [110, 120], [90, 220]]]
INK = {"strokes": SEVEN, "width": 280, "height": 280}


@pytest.fixture(autouse=True)
def fresh_process():
    """Every test begins like a process that has loaded and remembers nothing."""
    serving.model_cache = serving.ModelCache()
    personal.known_people = personal.KnownPeople()
    caches["memory"].clear()
    known_callers.sessions = known_callers.KnownCallers()
    known_callers.tokens = known_callers.KnownCallers()
    breaker.broker.succeeded()
    WindowThrottle._bundles = Bundles()
    export._places = export._Places()  # a response that no test has closed holds one


@pytest.fixture
def changes_of_its_own(settings, tmp_path) -> Iterator[None]:
    """Changes of people, tokens and sessions that no other test notes or reads."""
    settings.VAR = tmp_path
    changes._file.cache_clear()
    yield
    changes._file.cache_clear()


@pytest.fixture
def champion(db) -> ModelVersion:
    """A champion that says 7 of everything."""
    return register(7)


@pytest.fixture
def second_ink(monkeypatch: pytest.MonkeyPatch) -> int:
    """The number of a second ink version, which exists for this test: the first, upside down."""
    first = rasterize.VERSIONS[1]
    second = rasterize.InkVersion(
        from_strokes=lambda strokes: first.from_strokes(strokes)[::-1],
        ink_of=first.ink_of,
        from_ink=lambda found: first.from_ink(found)[::-1],
        frame_of=first.frame_of,
    )
    monkeypatch.setitem(rasterize.VERSIONS, 2, second)
    return 2


def register(digit: int, *, origin: str = "shipped", **how: float) -> ModelVersion:
    return registry.register(
        onnx=networks.saying(digit, **how),
        safetensors=b"weights",
        manifest=networks.MANIFEST,
        origin=origin,
    )


def person(name: str, **fields: object) -> User:
    user = User.objects.create_user(name, f"{name}@example.org", "a long passphrase", **fields)
    if user.is_staff:
        grant(user, *roles.EVERY)
    return user


def grant(user: User, *permissions: str) -> User:
    """Gives these permissions of roles. Not by the groups: they, and the permissions, are made
    again where a transactional test has emptied the tables."""
    ContentType.objects.clear_cache()
    user.user_permissions.set(_permission(*name.split(".")) for name in permissions)
    return user


def _permission(app: str, codename: str) -> Permission:
    models = apps.get_app_config(app).get_models()
    [model] = [one for one in models if codename in dict(one._meta.permissions)]
    kind = ContentType.objects.get_for_model(model)
    return Permission.objects.get_or_create(
        codename=codename, content_type=kind, defaults={"name": codename}
    )[0]


@pytest.fixture
def anna(db) -> User:
    return person("anna")


@pytest.fixture
def bert(db) -> User:
    return person("bert")


@pytest.fixture
def reviewer(db) -> User:
    return person("reviewer", is_staff=True)


@pytest.fixture
def rita(db) -> User:
    """Another of the staff."""
    return person("rita", is_staff=True)


@pytest.fixture
def rolf(db) -> User:
    """A third of the staff."""
    return person("rolf", is_staff=True)


def signed_in(user: User, kind: type[Client] = APIClient) -> Client:
    client = kind()
    client.force_login(user)
    return client


@pytest.fixture
def page(anna) -> Client:
    """Anna's browser."""
    return signed_in(anna, Client)


@pytest.fixture
def admin(reviewer) -> Client:
    """The browser of a superuser."""
    reviewer.is_superuser = True
    reviewer.save()
    return signed_in(reviewer, Client)


@pytest.fixture
def api(anna) -> APIClient:
    """Anna's program, with a token."""
    return program_of(anna)


def program_of(user: User, *, scopes: Sequence[str] = Scope.values, **how: Any) -> APIClient:
    """A program with a token of that person."""
    _, secret = ApiToken.objects.create(user=user, name="test", scopes=scopes, **how)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return client


def confirmed(client: Client) -> Client:
    """The same client, whose user has just confirmed by the password that it is they."""
    answer = client.post("/accounts/reauthenticate/", {"password": "a long passphrase"})
    assert answer.status_code == 302
    return client


def drawn_by(owner: User, *, answered: bool = True) -> Drawing:
    """A stored drawing, read by the champion unless told otherwise."""
    ink = strokes.parse(SEVEN, width=280, height=280)
    drawing = Drawing.objects.create(
        owner=owner, strokes=strokes.as_json(ink), width=ink.width, height=ink.height
    )
    if answered:
        worker.answer([drawing])
        drawing.refresh_from_db()
    return drawing
