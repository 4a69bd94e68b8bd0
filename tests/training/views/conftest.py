"""What the tests of the pages for staff share."""

import pytest
from django.test import Client

from tests.training.helpers.staff_users import staff_client


@pytest.fixture
def page() -> Client:
    return staff_client()
