"""Tokens in the header `Authorization: Token ...`."""

from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.exceptions import AuthenticationFailed


class TokenAuthentication(KnoxAuthentication):
    """Knox's, but a token that is no text is a wrong token, not a crash."""

    def authenticate_credentials(self, token: bytes) -> tuple[object, object]:
        try:
            return super().authenticate_credentials(token)
        except UnicodeDecodeError as error:
            raise AuthenticationFailed("Invalid token.") from error
