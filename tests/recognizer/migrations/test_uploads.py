"""Uploads of old, kept as the files that came, are kept as the pixels that are read."""

import numpy as np
import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from recognizer.ink.image_files import BadImage, decode
from recognizer.models import Upload
from tests.recognizer.images import encoded, jpeg_of_many_scans, seven
from tests.recognizer.migrations.test_review_queue import migrate

BEFORE, AFTER = [("recognizer", "0006_lately_deleted")], [("recognizer", "0007_uploads_as_png")]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_old_uploads_become_pngs_and_what_cannot_be_read_stays(capsys):
    photo, slow = encoded(seven(3_000), "JPEG"), jpeg_of_many_scans(60)
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        before = migrate(BEFORE)
        numbers = [_keep(before, content) for content in (photo, slow)]
        uploads = migrate(AFTER).get_model("recognizer", "Upload").objects
        read, unread = (bytes(uploads.get(drawing=number).content) for number in numbers)
        assert read.startswith(b"\x89PNG") and np.array_equal(decode(read), decode(photo))
        assert unread == slow
        with pytest.raises(BadImage):  # no worker and no page tries again
            Upload(content=unread).image()
        assert f"drawing {numbers[1]} stays as it came" in capsys.readouterr().out
    finally:
        MigrationExecutor(connection).migrate(leaves)


def _keep(apps, content: bytes) -> int:
    User, Drawing, Upload = (
        apps.get_model("recognizer", name) for name in ("User", "Drawing", "Upload")
    )
    owner, _ = User.objects.get_or_create(username="olga")
    drawing = Drawing.objects.create(owner=owner, uploaded=True, width=9, height=9)
    Upload.objects.create(drawing=drawing, content=content)
    return drawing.pk
