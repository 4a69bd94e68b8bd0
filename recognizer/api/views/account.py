"""API endpoints for one's own account and its tokens."""

from typing import Any

from rest_framework import mixins, status, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.accounts import confirmation, tokens
from recognizer.api.requests.parsers import BoundedJSONParser
from recognizer.api.requests.schema import StrictView, takes
from recognizer.api.serializers.account import (
    AccountSerializer,
    NewTokenSerializer,
    TokenSerializer,
)
from recognizer.models import ApiToken, Scope, signed_in
from recognizer.services import deleting


class AccountView(StrictView):
    """Your own account."""

    token_scopes = {"get": Scope.READ, "patch": Scope.CORRECT}
    parser_classes = [BoundedJSONParser]

    @takes(responses=AccountSerializer)
    def get(self, request: Request) -> Response:
        return Response(AccountSerializer(request.user).data)

    @takes(body=AccountSerializer, responses=AccountSerializer)
    def patch(self, request: Request) -> Response:
        """Says whether your drawings may train the model, and whether digits are read the way you
        write them."""
        account = AccountSerializer(request.user, data=request.data, partial=True)
        account.is_valid(raise_exception=True)
        account.save()
        return Response(account.data)

    @takes(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Deletes the account with all its drawings, permanently. No token may; a session confirms
        that it is its owner first."""
        confirmation.require_for_session(request)
        leaving = signed_in(request)
        confirmation.notify(request, leaving, "account_deleted", username=leaving.username)
        deleting.delete_account(leaving)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TokenViewSet(
    StrictView, mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet
):
    """Your own tokens. A token is shown once, when it is created. No token may see, create or
    revoke any; a session confirms that it is its owner before it creates one."""

    queryset = ApiToken.objects.none()
    serializer_class = TokenSerializer
    pagination_class = None
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        return ApiToken.objects.filter(user=signed_in(self.request))

    def perform_destroy(self, instance: ApiToken) -> None:
        if not tokens.revoke(signed_in(self.request), instance.public_id):
            raise NotFound  # revoked meanwhile

    @takes(body=TokenSerializer, responses={201: NewTokenSerializer})
    def create(self, request: Request) -> Response:
        asked = TokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        confirmation.require_for_session(request)
        token, secret = tokens.make(signed_in(request), **asked.validated_data)
        confirmation.notify(request, token.user, "token_made", token=token)
        token.token = secret
        return Response(NewTokenSerializer(token).data, status=status.HTTP_201_CREATED)
