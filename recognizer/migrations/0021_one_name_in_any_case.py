from collections import defaultdict

import django.db.models.functions.text
from django.core.management import CommandError
from django.db import migrations, models

WHAT_TO_DO = """These accounts have one name in different capitals, so that nobody can sign in by it:
{accounts}
Give all but one of each another name, which you tell its owner, then start again:
  python manage.py shell -c "from recognizer.models import User; \\
User.objects.filter(pk=NUMBER).update(username='NAME')"
"""


def refuse_two_of_one_name(apps, schema_editor):
    """A person decides who is called what: it is what they sign in with."""
    by_name = defaultdict(list)
    people = apps.get_model("recognizer", "User").objects.order_by("pk")
    for person in people.only("pk", "username", "date_joined").iterator():
        by_name[person.username.lower()].append(person)
    accounts = [
        f"  {one.username} (number {one.pk}, since {one.date_joined:%Y-%m-%d})"
        for alike in by_name.values()
        if len(alike) > 1
        for one in alike
    ]
    if accounts:
        raise CommandError(WHAT_TO_DO.format(accounts="\n".join(accounts)))


class Migration(migrations.Migration):

    dependencies = [
        ("recognizer", "0020_imports"),
    ]

    operations = [
        migrations.RunPython(refuse_two_of_one_name, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("username"),
                name="one_name_in_any_case",
                violation_error_message="A person of this name, in other capitals, exists already.",
            ),
        ),
    ]
