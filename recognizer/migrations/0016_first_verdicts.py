"""The verdicts of old answers, and the outcomes and doubts that follow from them.

In batches, each by itself: nobody waits for long, and what was stopped goes on where it was.
"""

from django.conf import settings
from django.db import migrations
from django.db.models import Case, Max, OuterRef, Q, Subquery, Value, When

AT_ONCE = 2000


def fill(apps, schema_editor):
    Drawing, Prediction, PersonalReading = (
        apps.get_model("recognizer", name) for name in ("Drawing", "Prediction", "PersonalReading")
    )
    for readings in (Prediction, PersonalReading):
        for some in _batches(readings):
            some.filter(verdict=None).update(verdict=_verdict())
    answers = Prediction.objects.filter(pk=OuterRef("answer"))
    for some in _batches(Drawing):
        new = some.filter(verdict=None, answer__isnull=False)
        new.update(verdict=Subquery(answers.values("verdict")[:1]))
        _settle(some)


def _batches(model):
    last = model.objects.aggregate(last=Max("pk"))["last"] or 0
    for first in range(0, last + 1, AT_ONCE):
        yield model.objects.filter(pk__gte=first, pk__lt=first + AT_ONCE)


def _verdict():
    return Case(
        When(digit__isnull=False, then=Value("digit")),
        When(number__isnull=False, then=Value("number")),
        When(~Q(parts=[]), then=Value("several")),
        When(is_digit__lt=settings.LEAST_IS_DIGIT, then=Value("not a digit")),
        default=Value("unsure"),
    )


def _settle(drawings):
    """What changes of them: all else is as it was generated."""
    claimed = drawings.filter(verdict__in=("unsure", "several"), truth_given=True)
    wrong = claimed.filter(truth=None).exclude(outcome="wrong")
    wrong.filter(Q(reviewed=True) | Q(disputed=True)).update(outcome="wrong")
    wrong.filter(reviewed=False, disputed=False).update(outcome="wrong", doubt=1)
    for verdict, doubt in (("number", 5), ("several", 3)):
        drawings.filter(verdict=verdict, doubt__in=(3, 4, 5)).exclude(doubt=doubt).update(
            doubt=doubt
        )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("recognizer", "0015_verdicts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
