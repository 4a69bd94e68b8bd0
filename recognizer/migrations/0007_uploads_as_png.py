"""Keeps uploads as the pixels that are read, where they were kept as the files that came."""

from django.db import migrations

from recognizer.answers import decoding
from recognizer.pictures import thumbnails
from recognizer.ink.image_files import BadImage


def keep_pixels(apps, schema_editor):
    uploads = apps.get_model("recognizer", "Upload").objects
    for pk in list(uploads.values_list("pk", flat=True)):
        upload = uploads.get(pk=pk)
        try:
            upload.content = thumbnails.png(decoding.decode(bytes(upload.content)))
        except BadImage as error:
            print(f"\n  The upload of drawing {upload.drawing_id} stays as it came: {error}", end="")
            continue
        upload.save(update_fields=["content"])


class Migration(migrations.Migration):
    # Each upload by itself: a migration that is stopped goes on where it was, and nobody waits.
    atomic = False

    dependencies = [("recognizer", "0006_lately_deleted")]

    operations = [migrations.RunPython(keep_pixels, migrations.RunPython.noop)]
