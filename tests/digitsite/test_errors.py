"""Errors that no view caught."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

pytestmark = pytest.mark.django_db

FIELDS = {f"field{number}": "x" for number in range(1_200)}


def files() -> dict[str, SimpleUploadedFile]:
    return {f"file{number}": SimpleUploadedFile(f"{number}.png", b"x") for number in range(150)}


@pytest.mark.parametrize("body", [FIELDS, files()], ids=["fields", "files"])
def test_too_many_parts_of_a_form_are_refused_in_the_apis_shape(broker, body):
    response = Client().post("/api/recognize/", body)

    assert response.status_code == 400 and response["Content-Type"] == "application/json"
    assert response.json()["code"] == "bad_request"
    assert "too many fields or files" in response.json()["error"]


def test_too_many_fields_of_a_page_are_refused_with_a_page():
    response = Client().post("/accounts/login/", FIELDS)

    assert response.status_code == 400 and response["Content-Type"].startswith("text/html")
    assert "too many fields or files" in response.content.decode()


def test_a_host_that_is_not_ours_is_refused_with_a_page():
    response = Client().get("/", headers={"host": "elsewhere.example"})

    assert response.status_code == 400
    assert "That could not be read" in response.content.decode()
