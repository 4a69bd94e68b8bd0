"""Every answer says what it may use and who may use it."""

import urllib.request

import pytest
from django.test import Client

from digitsite.middleware.headers import HEADERS


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/api/schema/", "/nowhere/", "/admin/"])
def test_pages_and_the_api_have_them(client: Client, path):
    response = client.get(path)
    assert {name: response[name] for name in HEADERS} == HEADERS
    assert "camera=()" in response["Permissions-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/api/docs/", "/accounts/login/"])
def test_no_page_allows_what_is_inline(client: Client, path):
    assert "unsafe" not in client.get(path)["Content-Security-Policy"]


@pytest.mark.stack
def test_static_files_have_them(site):
    with urllib.request.urlopen(f"{site.url}/static/recognizer/css/base.css") as answer:
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
