"""Signs out people whose account is deleted while a request of theirs is handled."""

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin

from digitsite.server.api_paths import is_api
from recognizer.models import User

# What is raised when the account's row is missing, or a row that refers to it cannot be written.
SIGNS = (DatabaseError, ObjectDoesNotExist)
WORDS = "The account was deleted."


class GoneMiddleware(MiddlewareMixin):
    """For errors that no view caught: answers the API with 401, and redirects a page to signing
    in."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        # A database that does not answer says nothing about the account.
        if not isinstance(error, SIGNS) or isinstance(error, OperationalError):
            return None
        if request.user.pk is None or User.objects.filter(pk=request.user.pk).exists():
            return None
        if is_api(request.path):
            return JsonResponse({"error": WORDS, "code": "not_authenticated"}, status=401)
        request.session.flush()
        return redirect("account_login")
