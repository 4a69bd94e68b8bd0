"""A nightly run that no worker was there for is forgotten, not begun at noon."""

from django.db import migrations

NAME = "Retrain every night"
SECONDS = 3600


def add(apps, schema_editor):
    tasks = apps.get_model("django_celery_beat", "PeriodicTask").objects
    tasks.filter(name=NAME, expires=None, expire_seconds=None).update(expire_seconds=SECONDS)


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0003_review_queue"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
