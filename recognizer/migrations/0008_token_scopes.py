from django.db import migrations, models


def every_scope():
    """What the tokens that are there may do: as much as before."""
    return ["draw", "read", "correct", "review", "train"]


class Migration(migrations.Migration):
    dependencies = [("recognizer", "0007_uploads_as_png")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="last_used",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="scopes",
            field=models.JSONField(default=every_scope),
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="scopes",
            field=models.JSONField(default=list),
        ),
    ]
