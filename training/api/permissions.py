"""Who may use the API of training."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from recognizer.accounts import roles


class MayReview(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user.has_perm(roles.REVIEW)


class MayTrain(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user.has_perm(roles.TRAIN)
