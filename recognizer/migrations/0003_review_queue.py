"""What the review queue is ordered by, and what a drawing's owner said of it."""

from collections import Counter

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery

AT_ONCE = 1000


def fill(apps, schema_editor):
    """Repeats on each drawing what its answer and its labels say."""
    Drawing = apps.get_model("recognizer", "Drawing")
    Label = apps.get_model("recognizer", "Label")
    owners = Label.objects.filter(drawing=OuterRef("pk"), role="owner").order_by("-pk")
    labelled = Drawing.objects.filter(truth_given=True)
    labelled.update(owner_label=Subquery(owners.values("pk")[:1]))
    _fill_answers(Drawing)
    for drawing in Drawing.objects.filter(reviewed=True).only("pk").iterator(AT_ONCE):
        if _is_disputed(Label.objects.filter(drawing=drawing)):
            Drawing.objects.filter(pk=drawing.pk).update(disputed=True)


def _fill_answers(Drawing):
    last = 0
    answered = Drawing.objects.filter(answer__isnull=False).order_by("pk")
    answered = answered.select_related("answer").only("pk", "answer")
    while drawings := list(answered.filter(pk__gt=last)[:AT_ONCE]):
        for drawing in drawings:
            *_, second, best = sorted(drawing.answer.probabilities)
            drawing.margin, drawing.is_digit = best - second, drawing.answer.is_digit
        Drawing.objects.bulk_update(drawings, ["margin", "is_digit"], batch_size=100)
        last = drawings[-1].pk


def _is_disputed(labels):
    said = labels.order_by("pk").values_list("author_id", "role", "digit")
    words = {(author, role): digit for author, role, digit in said}
    return len(words) > 1 and max(Counter(words.values()).values()) == 1


def nothing(apps, schema_editor):
    """The columns go as a whole."""


class Migration(migrations.Migration):

    dependencies = [
        ('recognizer', '0002_refresh'),
    ]

    operations = [
        migrations.AddField(
            model_name='drawing',
            name='disputed',
            field=models.BooleanField(default=False, editable=False, help_text='People disagree, and no two of them agree.'),
        ),
        migrations.AddField(
            model_name='drawing',
            name='is_digit',
            field=models.FloatField(editable=False, help_text="The answer's.", null=True),
        ),
        migrations.AddField(
            model_name='drawing',
            name='margin',
            field=models.FloatField(editable=False, help_text='Of the answer: its best probability less its second.', null=True),
        ),
        migrations.AddField(
            model_name='drawing',
            name='owner_label',
            field=models.ForeignKey(db_index=False, editable=False, help_text='What its owner said last, whether that counts or not.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='recognizer.label'),
        ),
        migrations.AddField(
            model_name='drawing',
            name='doubt',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(answer__isnull=True, then=models.Value(None)), models.When(disputed=True, then=models.Value(2)), models.When(reviewed=True, then=models.Value(None)), models.When(Q(('truth_given', True), models.Q(('digit', F('truth')), _negated=True), models.Q(('digit__isnull', True), ('truth__isnull', True), _negated=True)), then=models.Value(1)), models.When(is_digit__lt=0.8, then=models.Value(4)), models.When(Q(('digit__isnull', True), ('margin__lt', 0.5), _connector='OR'), then=models.Value(3)), default=models.Value(5)), output_field=models.PositiveSmallIntegerField(choices=[(1, 'the owner and the model disagree'), (2, 'two people disagree'), (3, 'the model is unsure'), (4, 'it may be no digit'), (5, 'nobody doubts it')], null=True)),
        ),
        migrations.AddIndex(
            model_name='drawing',
            index=models.Index(condition=models.Q(('doubt__isnull', False)), fields=['doubt', '-id'], name='to_review'),
        ),
        migrations.AddIndex(
            model_name='drawing',
            index=models.Index(condition=models.Q(('owner_label__isnull', False)), fields=['owner_label'], name='said_by_owner'),
        ),
        # Last: PostgreSQL alters no table whose rows were changed in the same transaction.
        migrations.RunPython(fill, nothing),
    ]
