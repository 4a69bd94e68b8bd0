"""Nobody loses by an upgrade what they could do before: staff become admins, tokens keep their
scopes."""

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from recognizer.accounts import roles
from recognizer.models import ApiToken, Scope, User
from tests.recognizer.migrations.test_review_queue import migrate

BEFORE = [("recognizer", "0007_uploads_as_png"), ("training", "0006_taken_at")]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_staff_and_tokens_may_do_what_they_could():
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        before = migrate(BEFORE)
        old = before.get_model("recognizer", "User").objects
        staff, other = (old.create(username=name, is_staff=name == "sam") for name in ("sam", "ole"))
        token = before.get_model("recognizer", "ApiToken")
        token.objects.create(user=other, name="pen", digest="d", token_key="k")
    finally:
        MigrationExecutor(connection).migrate(leaves)
    assert ApiToken.objects.get().scopes == Scope.values
    sam, ole = (User.objects.get(pk=user.pk) for user in (staff, other))
    assert [group.name for group in sam.groups.all()] == ["Admins"]
    assert all(sam.has_perm(one) for one in roles.EVERY)
    assert not any(ole.has_perm(one) for one in roles.EVERY)
    granted = {"Reviewers": {roles.REVIEW}, "Trainers": {roles.TRAIN}}
    for name, permissions in granted.items():
        member = User.objects.create(username=name)
        member.groups.set(sam.groups.model.objects.filter(name=name))
        assert {one for one in roles.EVERY if member.has_perm(one)} == permissions
