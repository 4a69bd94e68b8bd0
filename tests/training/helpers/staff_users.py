"""Staff users who open training's pages in these tests."""

from django.test import Client

from recognizer.models import User
from tests.people import person, signed_in


def staff(name: str = "vera-of-pages") -> User:
    found = User.objects.filter(username=name).first()
    return found or person(name, is_staff=True)


def staff_client() -> Client:
    return signed_in(staff(), Client)


def assert_staff_alone(url: str, *, method: str = "get") -> None:
    """Nobody is sent to sign in; for a person who is not staff there is nothing there."""
    nobody = getattr(Client(), method)(url)
    assert nobody.status_code == 302
    assert nobody["Location"].startswith("/accounts/login/")
    stranger = User.objects.filter(username="stranger-to-pages").first()
    stranger = stranger or person("stranger-to-pages")
    assert getattr(signed_in(stranger, Client), method)(url).status_code == 404
