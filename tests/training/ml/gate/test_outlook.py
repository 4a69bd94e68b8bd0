"""How many more labels would help, by what the gate measured."""

import pytest

from training.ml.gate import outlook
from training.ml.gate.paired_tests import mcnemar


def decision(figures: dict, *, also: str = "") -> dict:
    verdicts = [
        {"rule": "better", "passed": False, "figures": figures},
        {"rule": "mnist", "passed": also != "mnist", "figures": {}},
    ]
    return {"promote": False, "verdicts": verdicts}


def by_mcnemar(fixed: int, broken: int) -> dict:
    return {
        "test": "mcnemar",
        "fixed": fixed,
        "broken": broken,
        "p": mcnemar(fixed, broken),
        "alpha": 0.05,
    }


SIGN_FLIP = {
    "test": "crossed",
    "before": 20,
    "after": 19,
    "spare": 1,
    "p": 0.1,
    "alpha": 0.02,
    "p_as_drawn": 0.1,
    "alpha_as_drawn": 0.1,
}


def test_with_as_many_more_at_the_same_rate_the_test_passes():
    fixed, broken, labels = 12, 6, 400
    more = outlook.more_labels(decision(by_mcnemar(fixed, broken)), labels)
    assert 0 < more < 1_000
    times = 1 + more / labels
    assert mcnemar(round(fixed * times), round(broken * times)) < 0.06


def test_the_longer_of_two_tests_counts():
    # The scores of 0.02 and 0.1 are 2.05 and 1.28: 2.57 times as many.
    assert outlook.more_labels(decision(SIGN_FLIP), 100) == 200
    assert outlook.more_labels(decision(SIGN_FLIP | {"p_as_drawn": 0.2}), 100) == 200


@pytest.mark.parametrize(
    "said",
    [
        decision(SIGN_FLIP, also="mnist"),
        decision(SIGN_FLIP | {"p": 0.45}),
        decision(SIGN_FLIP | {"p_as_drawn": 0.9}),
        decision(SIGN_FLIP | {"after": 22}),
        decision(SIGN_FLIP | {"p": 0.3}),  # fifteen times as many
        decision({"test": "none", "drawings": 9}),
        decision({}),
        {"promote": True, "verdicts": []},
        {},
    ],
)
def test_nothing_is_said_where_labels_alone_would_not_help(said):
    assert outlook.more_labels(said, 100) is None


def test_the_digits_that_are_half_of_what_is_misread():
    recall, support = [1.0] * 10, [100] * 10
    recall[4], recall[9], recall[1], recall[7] = 0.93, 0.94, 0.95, 0.97
    assert outlook.hardest_digits(recall, support) == [4, 9]
    assert outlook.hardest_digits([0.97] * 10, support) == []
    assert outlook.hardest_digits([1.0] * 10, support) == []
