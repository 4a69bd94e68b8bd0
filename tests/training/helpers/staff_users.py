"""Staff users who open training's pages in these tests."""

from django.test import Client

from recognizer.models import User
from tests.people import person, signed_in


def staff(name: str = "vera-of-pages") -> User:
    found = User.objects.filter(username=name).first()
    return found or person(name, is_staff=True)


def staff_client() -> Client:
    return signed_in(staff(), Client)
