"""Who may use the API of training."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from recognizer.accounts import roles, second_factor
from recognizer.models import signed_in


class RolePermission(BasePermission):
    """For those who have the permission, with a second factor where the site asks for one."""

    needed: str

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.has_perm(self.needed):
            return False
        self.message = second_factor.refusal(request, signed_in(request))
        return not self.message


class MayReview(RolePermission):
    needed = roles.REVIEW


class MayTrain(RolePermission):
    needed = roles.TRAIN
