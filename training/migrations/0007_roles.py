from django.db import migrations

REVIEW = [("recognizer", "drawing", "review_drawing", "Can review other people's drawings")]
TRAIN = [
    ("training", "trainingrun", "start_trainingrun", "Can see, start and cancel training runs")
]
PROMOTE = [
    ("training", "promotion", "promote_modelversion", "Can choose the version that answers")
]
SHOWN = {
    "recognizer": ["drawing", "label", "modelversion", "prediction"],
    "training": ["promotion", "trainingrun"],
}
VIEW = [
    (app, model, f"view_{model}", f"Can view {model}")
    for app, models in SHOWN.items()
    for model in models
]
GROUPS = {"Reviewers": REVIEW, "Trainers": TRAIN, "Admins": [*REVIEW, *TRAIN, *PROMOTE, *VIEW]}


def make_groups(apps, schema_editor):
    """Staff could do all of this: they become admins. Permissions are made here, for Django makes
    them only after all migrations."""
    for name, permissions in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*(_permission(apps, *one) for one in permissions))
    admins = apps.get_model("auth", "Group").objects.get(name="Admins")
    admins.user_set.add(*apps.get_model("recognizer", "User").objects.filter(is_staff=True))


def _permission(apps, app, model, codename, name):
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app, model=model
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename=codename, defaults={"name": name}
    )
    return permission


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("recognizer", "0009_roles"),
        ("training", "0006_taken_at"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="promotion",
            options={
                "ordering": ["-id"],
                "permissions": [("promote_modelversion", "Can choose the version that answers")],
            },
        ),
        migrations.AlterModelOptions(
            name="trainingrun",
            options={
                "ordering": ["-id"],
                "permissions": [("start_trainingrun", "Can see, start and cancel training runs")],
            },
        ),
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
