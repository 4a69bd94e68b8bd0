"""Has the workers make exemplars of what is labelled already."""

from django.db import migrations
from django.db.models import Max


def ask(apps, schema_editor):
    Drawing = apps.get_model("recognizer", "Drawing")
    last = Drawing.objects.filter(truth_given=True).aggregate(last=Max("pk"))["last"]
    if last is not None:
        champion = apps.get_model("recognizer", "ModelVersion").objects.filter(alias="champion")
        champion.update(exemplars_below=last + 1)


class Migration(migrations.Migration):

    dependencies = [
        ('recognizer', '0013_exemplars'),
    ]

    operations = [
        migrations.RunPython(ask, migrations.RunPython.noop),
    ]
