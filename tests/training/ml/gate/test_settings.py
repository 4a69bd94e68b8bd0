"""The settings and the gate name the same numbers."""

from dataclasses import asdict

from django.conf import settings

from training.ml.gate import rules


def test_the_settings_are_the_gates_own_numbers() -> None:
    assert asdict(rules.Rules()) == settings.GATE


def test_every_kind_of_number_is_kept() -> None:
    judged = rules.Rules(**settings.GATE)
    assert all(type(value) is type(settings.GATE[name]) for name, value in asdict(judged).items())
