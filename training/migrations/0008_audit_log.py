from importlib import import_module

from django.db import migrations

roles = import_module("training.migrations.0007_roles")
VIEW = ("recognizer", "auditevent", "view_auditevent", "Can view audit event")


def let_admins_see_it(apps, schema_editor):
    admins, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Admins")
    admins.permissions.add(roles._permission(apps, *VIEW))


class Migration(migrations.Migration):
    dependencies = [("recognizer", "0011_audit_log"), ("training", "0007_roles")]

    operations = [migrations.RunPython(let_admins_see_it, migrations.RunPython.noop)]
