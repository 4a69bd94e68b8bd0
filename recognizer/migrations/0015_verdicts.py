"""Columns for verdicts; and what follows from a drawing's columns is written, no longer generated.

No table is made anew, and no row is written: a generated column that is stored is a column as any
other is, once the table's definition no longer says how to generate it.
"""

import re

from django.db import migrations, models


GENERATED = ("outcome", "doubt")


def write(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        return _write_in_sqlite(schema_editor.connection)
    for name in GENERATED:
        schema_editor.execute(f"ALTER TABLE recognizer_drawing ALTER {name} DROP EXPRESSION")


def _write_in_sqlite(connection):
    """By the steps of https://www.sqlite.org/lang_altertable.html#otheralter, for changes that do
    not touch what is stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_schema WHERE name = 'recognizer_drawing'")
        [definition] = cursor.fetchone()
        for name in GENERATED:
            generated = rf'("{name}" [^,]*?) GENERATED ALWAYS AS .*? STORED'
            definition, count = re.subn(generated, r"\1 NULL", definition, count=1)
            assert count == 1, f"{name} is no generated column: {definition}"
        cursor.execute("PRAGMA schema_version")
        [version] = cursor.fetchone()
        cursor.execute("PRAGMA writable_schema = ON")
        cursor.execute(
            "UPDATE sqlite_schema SET sql = %s WHERE type = 'table' AND name = 'recognizer_drawing'",
            [definition],
        )
        cursor.execute(f"PRAGMA schema_version = {version + 1}")
        cursor.execute("PRAGMA writable_schema = OFF")


def generate(apps, schema_editor):
    """Back again. This makes the table anew."""
    Drawing = apps.get_model("recognizer", "Drawing")
    if schema_editor.connection.vendor == "sqlite":
        return schema_editor._remake_table(Drawing)
    fields = [Drawing._meta.get_field(name) for name in GENERATED]
    for field in fields:
        schema_editor.execute(f"ALTER TABLE recognizer_drawing DROP COLUMN {field.name}")
        schema_editor.add_field(Drawing, field)
    for index in Drawing._meta.indexes:
        if set(GENERATED) & {name.removeprefix("-") for name in index.fields}:
            schema_editor.add_index(Drawing, index)


class Migration(migrations.Migration):

    dependencies = [
        ('recognizer', '0014_first_exemplars'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(write, generate)],
            state_operations=[
                migrations.AlterField(
                    model_name='drawing',
                    name='outcome',
                    field=models.CharField(default='waiting', editable=False, max_length=10),
                ),
                migrations.AlterField(
                    model_name='drawing',
                    name='doubt',
                    field=models.PositiveSmallIntegerField(choices=[(1, 'the owner and the model disagree'), (2, 'two people disagree'), (3, 'the model is unsure'), (4, 'it may be no digit'), (5, 'nobody doubts it')], editable=False, null=True),
                ),
            ],
        ),
        migrations.AddField(
            model_name='drawing',
            name='verdict',
            field=models.CharField(editable=False, help_text="The answer's.", max_length=11, null=True),
        ),
        migrations.AddField(
            model_name='personalreading',
            name='verdict',
            field=models.CharField(choices=[('digit', 'digit'), ('number', 'number'), ('unsure', 'unsure'), ('not a digit', 'not a digit'), ('several', 'several')], max_length=11, null=True),
        ),
        migrations.AddField(
            model_name='prediction',
            name='verdict',
            field=models.CharField(choices=[('digit', 'digit'), ('number', 'number'), ('unsure', 'unsure'), ('not a digit', 'not a digit'), ('several', 'several')], max_length=11, null=True),
        ),
    ]
