from django.db import migrations, models


def name_permission(apps, schema_editor):
    """Django gives a permission its name only when it makes it."""
    permissions = apps.get_model("auth", "Permission").objects.filter(codename="review_drawing")
    permissions.update(name="Can review other people’s drawings")


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("recognizer", "0029_curly_apostrophes_and_api_tokens"),
        ("training", "0013_one_mail_a_run"),
    ]

    operations = [
        migrations.AlterField(
            model_name="sample",
            name="by_person",
            field=models.BooleanField(
                default=False, help_text="It went where its person’s drawings are."
            ),
        ),
        migrations.AlterField(
            model_name="trainingrun",
            name="trigger",
            field=models.CharField(
                choices=[
                    ("staff", "hand"),
                    ("api", "the API"),
                    ("command", "a command"),
                    ("schedule", "the schedule"),
                    ("labels", "enough new labels"),
                    ("demo", "the demonstration"),
                ],
                max_length=8,
            ),
        ),
        migrations.RunPython(name_permission, migrations.RunPython.noop, elidable=True),
    ]
