"""Tests that the cached Content Security Policy is the one that django-csp builds."""

import pytest
from csp.constants import NONCE
from csp.middleware import CSPMiddleware
from django.http import HttpResponse

from digitsite.middleware.csp import HEADER, PolicyMiddleware


def plain(request):
    return HttpResponse()


def with_styles(request):
    response = HttpResponse()
    response._csp_update = {"style-src": ["'unsafe-inline'"]}
    return response


def with_nonce(request):
    return HttpResponse(f"{request.csp_nonce}")


@pytest.mark.parametrize("view", [plain, with_styles])
def test_the_policy_is_django_csps(rf, view):
    policy = PolicyMiddleware(view)(rf.get("/"))[HEADER]
    assert policy == CSPMiddleware(view)(rf.get("/"))[HEADER]
    assert ("unsafe" in policy) == (view is with_styles)


def test_a_nonce_is_allowed(rf, settings):
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"script-src": [NONCE]}}
    response = PolicyMiddleware(with_nonce)(rf.get("/"))
    nonce = response.content.decode()
    assert f"'nonce-{nonce}'" in response[HEADER]


def test_a_policy_that_a_view_wrote_stays(rf):
    response = PolicyMiddleware(lambda request: HttpResponse(headers={HEADER: "x"}))(rf.get("/"))
    assert response[HEADER] == "x"
