"""Template filters for the wording of training's pages (training/wording.py)."""

import datetime as dt

from django import template
from django.utils import timezone

from training.models import TrainingRun
from training.wording import drift_in_words, percent_if_any, seconds

register = template.Library()
for word in (drift_in_words, percent_if_any, seconds):
    register.filter(word)


@register.filter
def grouped(count: int) -> str:
    """12,345."""
    return f"{count:,}"


@register.filter
def took(run: TrainingRun) -> str:
    """How long the run took so far, or took; empty where it never began."""
    if run.started_at is None:
        return ""
    end: dt.datetime = run.ended_at or timezone.now()
    return seconds((end - run.started_at).total_seconds())


@register.filter
def in_one_line(run: TrainingRun) -> str:
    """How it ended, or its current phase."""
    if not run.is_over:
        return run.phase or "Waiting for a worker"
    return why(run) or run.get_state_display().capitalize()


@register.filter
def why(run: TrainingRun) -> str:
    """Why it ended so: in the gate's words, where it ended as the gate decided."""
    state = TrainingRun.State
    ends = {state.PROMOTED: True, state.REJECTED: False}
    decided = run.state in ends and run.decision.get("promote") is ends[state(run.state)]
    return str(run.decision["words"]) if decided else run.reason
