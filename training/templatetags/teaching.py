"""How the pages of training write times, shares and states."""

import datetime as dt

from django import template
from django.utils import timezone

from training.models import TrainingRun
from training.wording import seconds

register = template.Library()
register.filter("seconds", seconds)


@register.filter
def took(run: TrainingRun) -> str:
    """How long the run was or is at work; nothing where it never began."""
    if run.started_at is None:
        return ""
    end: dt.datetime = run.ended_at or timezone.now()
    return seconds((end - run.started_at).total_seconds())


@register.filter
def in_one_line(run: TrainingRun) -> str:
    """What came of it, or what it does now."""
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


@register.filter
def share(value: float | None, digits: int = 1) -> str:
    """A share of 0 to 1 in percent."""
    return "" if value is None else f"{100 * value:.{digits}f} %"


@register.filter
def digit_short(digit: int | None) -> str:
    """A digit, or "none" for what is no digit."""
    return "none" if digit is None else str(digit)
