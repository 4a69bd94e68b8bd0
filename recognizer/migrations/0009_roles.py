from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("recognizer", "0008_token_scopes")]

    operations = [
        migrations.AlterModelOptions(
            name="drawing",
            options={
                "ordering": ["-created_at", "-id"],
                "permissions": [("review_drawing", "Can review other people's drawings")],
            },
        ),
    ]
