"""The gate's numbers: what the settings read, and the bounds that stop nonsense."""

from collections.abc import Iterator
from dataclasses import asdict

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from digitsite.config import environment
from training.ml.gate import paired_tests, thresholds
from training.ml.gate.thresholds import Bounds, GateThresholds

BOUNDS = {one.name: one for one in thresholds.bounds()}


def read(one: Bounds) -> float:
    return environment.number("X", one.default, least=one.least, most=one.most)


def test_the_settings_are_the_gates_own_numbers() -> None:
    assert asdict(GateThresholds()) == settings.GATE


def test_every_kind_of_number_is_kept() -> None:
    judged = GateThresholds(**settings.GATE)
    assert all(type(value) is type(settings.GATE[name]) for name, value in asdict(judged).items())


def test_every_number_has_bounds_and_lies_within_them() -> None:
    assert list(BOUNDS) == list(asdict(GateThresholds()))
    assert all(one.least < one.default < one.most for one in BOUNDS.values())


def outside() -> Iterator[tuple[str, str]]:
    for one in BOUNDS.values():
        less = one.least - 1 if isinstance(one.default, int) else one.least - 1e-9
        yield from ((one.name, str(value)) for value in (less, one.most + 1, "nan", "much"))


@pytest.mark.parametrize(("name", "value"), list(outside()))
def test_a_number_out_of_its_bounds_is_refused_in_words(monkeypatch, name, value) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=f"^X must be a .*number from .*'{value}'"):
        read(BOUNDS[name])


@pytest.mark.parametrize("name", BOUNDS)
def test_the_bounds_themselves_may_be_set(monkeypatch, name) -> None:
    one = BOUNDS[name]
    for bound in (one.least, one.most):
        monkeypatch.setenv("X", str(bound))
        assert read(one) == bound


def test_within_the_bounds_both_tests_can_prove_something() -> None:
    assert 1 / (BOUNDS["flips"].least + 1) <= BOUNDS["alpha"].least
    assert paired_tests.mcnemar(BOUNDS["least_discordant"].least, 0) <= BOUNDS["alpha"].least
