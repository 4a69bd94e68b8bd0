"""The scopes of tokens. A session may do what its user may."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from recognizer.models import ApiToken


class TokenScope(BasePermission):
    """Every view has it. The view's `token_scopes` name the scope that each action (of a view set)
    or method takes; what is not named there is done by no token."""

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "get" if request.method == "HEAD" else str(request.method).lower()
        is_refused_anyway = not hasattr(view, method)
        if not isinstance(request.auth, ApiToken) or method == "options" or is_refused_anyway:
            return True
        action = getattr(view, "action", None) or method
        needed = getattr(view, "token_scopes", {}).get(action)
        self.message = _refusal(request.auth, needed)
        return needed in request.auth.scopes


def _refusal(token: ApiToken, needed: str | None) -> str:
    if needed is None:
        return "No token may do this: sign in."
    return f"This needs the scope {needed}; the token has {', '.join(token.scopes)}."
