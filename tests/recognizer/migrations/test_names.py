"""An upgrade that finds one name twice says whose it is, and what to do."""

import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from recognizer.models import User
from tests.recognizer.migrations.test_review_queue import migrate

BEFORE = [("recognizer", "0020_imports")]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_two_of_one_name_stop_the_upgrade_in_words():
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        people = migrate(BEFORE).get_model("recognizer", "User").objects
        for name in ("Zoe", "zoe", "Ole"):
            people.create(username=name)
        with pytest.raises(CommandError) as refused:
            migrate(leaves)
        assert all(words in str(refused.value) for words in ("Zoe (number ", "zoe (number "))
        assert "Ole" not in str(refused.value)

        people.filter(username="zoe").update(username="zoe2")
    finally:
        MigrationExecutor(connection).migrate(leaves)
    assert {user.username for user in User.objects.all()} == {"Zoe", "zoe2", "Ole"}
