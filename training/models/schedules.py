"""When runs start automatically, and who is mailed when they end."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class RunSchedule(models.Model):
    """What was chosen on the runs page: one row at most. Without it the settings hold."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    after_labels = models.PositiveIntegerField(
        help_text="So many drawings with new labels start a run; 0: none does."
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_run_schedule")]

    def __str__(self) -> str:
        return f"after {self.after_labels} labels"


class RunSubscriber(models.Model):
    """Somebody who asked for a mail when a run ends."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="run_subscriber"
    )
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.user)


class RunMail(models.Model):
    """A mail about a run's end: each person gets one, however often its task comes."""

    run = models.ForeignKey("training.TrainingRun", on_delete=models.CASCADE, related_name="mails")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="run_mails"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "user"], name="one_mail_a_run")]

    def __str__(self) -> str:
        return f"mail to {self.user} about {self.run}"
