"""Tests the gate's decisions: each rule passes good evidence and refuses what it is there for."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.training.helpers.evidence import THRESHOLDS, but, digits, good, on, predicted
from training.ml.gate import accuracy, behaviour, decide
from training.ml.gate import evidence as gate_evidence
from training.ml.gate.evidence import Evidence, PredictionPair, Views
from training.ml.gate.rule import Rule
from training.ml.gate.thresholds import GateThresholds
from training.ml.network.predictions import Agreement, Predictions

ORDER = ["mnist", "shipped", "better", "recall", "regressions", "calibration", "ood_detection"]
ORDER += ["export", "speed"]
MNIST, DRAWN = digits(10_000), digits(500)


def refusing(evidence: Evidence, thresholds: GateThresholds = THRESHOLDS) -> list[str]:
    decision = decide.decide(evidence, thresholds)
    refused = [one.rule for one in decision.verdicts if not one.passed]
    assert decision.promote is (refused == [])
    return refused


def test_a_challenger_that_is_better_and_no_worse_is_promoted() -> None:
    decision = decide.decide(good(), THRESHOLDS)
    assert decision.promote, decision.words
    assert [one.rule for one in decision.verdicts] == ORDER
    assert "5 of 500 wrong before, 2 after" in decision.words


def test_a_decision_is_plain_json() -> None:
    kept = json.loads(json.dumps(decide.decide(good(), THRESHOLDS).as_dict()))
    assert kept["promote"] is True
    assert kept["test"] == "crossed"
    assert set(kept["verdicts"][0]) == {"rule", "passed", "words", "figures"}


@pytest.mark.parametrize("rule", decide.RULES, ids=lambda rule: rule.name)
def test_a_stored_verdict_is_shown_under_its_rules_title(rule: Rule) -> None:
    assert decide.rule_title(rule.name) == rule.title


def test_what_older_runs_stored_is_shown_too() -> None:
    assert decide.rule_title("telling") == behaviour.OOD_DETECTION.title
    assert decide.rule_title("a rule of long ago") == "a rule of long ago"


def test_a_runs_page_learns_the_titles_without_the_libraries_that_train() -> None:
    """They would take every web process a second or more to load, and 100 MB."""
    heavy = "sorted({'torch', 'sklearn', 'scipy'} & set(sys.modules))"
    program = f"import sys, training.charts.run_report; print({heavy})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def forgets_mnist() -> Evidence:
    # Six more, each another digit: no digit's recall shows it.
    return but(good(), mnist=predicted(MNIST, wrong=40, sure=0.997), shipped_errors=40)


def drifts_from_the_shipped() -> Evidence:
    return but(good(), shipped_errors=23)


def reads_no_better() -> Evidence:
    champion = good().drawings.champion
    return but(good(), drawings=champion)


def forgets_a_seven() -> Evidence:
    labels = digits(10_000)
    challenger = predicted(labels, wrong=34, sure=0.997)
    sevens = np.nonzero(labels == 7)[0][10:16]
    fives = np.nonzero(labels == 5)[0][:3]  # fixed, so that MNIST's sum is three worse
    challenger.probabilities[sevens] = np.roll(challenger.probabilities[sevens], 1, axis=1)
    challenger.probabilities[fives] = np.roll(challenger.probabilities[fives], -1, axis=1)
    return but(good(), mnist=challenger)


def forgets_a_drawn_seven() -> Evidence:
    # Twenty are fixed, two of them sevens; five other sevens are broken.
    challenger = predicted(DRAWN, sure=0.995)
    sevens = np.nonzero(DRAWN == 7)[0][10:15]
    challenger.probabilities[sevens] = np.roll(challenger.probabilities[sevens], 1, axis=1)
    return on(PredictionPair(predicted(DRAWN, wrong=20, sure=0.995), challenger))


def loses_what_was_corrected() -> Evidence:
    return but(good(), lost=[3, 5, 8, 13, 21])


def is_too_sure() -> Evidence:
    return but(good(), mnist=predicted(MNIST, wrong=34, sure=0.98))


def accepts_non_digits() -> Evidence:
    return but(good(), out_of_distribution=generated(75))


def turns_digits_away() -> Evidence:
    drawn = good().drawings.challenger
    return but(
        good(), drawings=Predictions(drawn.probabilities, np.where(np.arange(500) < 11, 0.4, 0.9))
    )


def generated(accepted: int) -> Predictions:
    return Predictions(np.full((1000, 10), 0.1), np.where(np.arange(1000) < accepted, 0.9, 0.1))


# Evidence by which one rule alone refuses.
REFUSED: list[tuple[str, Callable[[], Evidence]]] = [
    ("mnist", forgets_mnist),
    ("shipped", drifts_from_the_shipped),
    ("better", reads_no_better),
    ("recall", forgets_a_seven),
    ("recall", forgets_a_drawn_seven),
    ("regressions", loses_what_was_corrected),
    ("calibration", is_too_sure),
    ("ood_detection", accepts_non_digits),
    ("ood_detection", turns_digits_away),
    ("export", lambda: but(good(), export=Agreement(changed=0.006, difference=1e-4))),
    ("export", lambda: but(good(), export=Agreement(changed=0.0, difference=0.003))),
    ("export", lambda: but(good(), export=Agreement(changed=0.0, difference=float("nan")))),
    ("speed", lambda: but(good(), milliseconds=(0.2, 0.25))),
]


def test_every_rule_has_evidence_by_which_it_refuses() -> None:
    assert {rule for rule, _ in REFUSED} == set(ORDER)


@pytest.mark.parametrize(("rule", "worse"), REFUSED)
def test_each_rule_alone_refuses(rule: str, worse: Callable[[], Evidence]) -> None:
    evidence = worse()
    assert refusing(evidence) == [rule]
    refusal = next(one.refusal for one in decide.RULES if one.name == rule)
    assert decide.decide(evidence, THRESHOLDS).words == f"{refusal}."


def test_the_last_image_that_mnist_may_lose() -> None:
    kept, lost = (
        accuracy.mnist(but(good(), mnist=predicted(MNIST, wrong=wrong)), THRESHOLDS)
        for wrong in (39, 40)
    )
    assert kept.passed and not lost.passed
    assert "39 wrong of 10,000" in kept.words and "0.05 points worse" in kept.words


def test_small_losses_do_not_add_up() -> None:
    drifted = replace(
        good(), mnist=PredictionPair(predicted(MNIST, wrong=42), predicted(MNIST, wrong=45))
    )
    assert accuracy.mnist(drifted, THRESHOLDS).passed
    assert not accuracy.shipped(drifted, THRESHOLDS).passed
    assert accuracy.shipped(but(drifted, shipped_errors=35), THRESHOLDS).passed


def test_no_version_that_ships() -> None:
    assert accuracy.shipped(but(good(), shipped_errors=None), THRESHOLDS).passed


def test_mnist_never_makes_a_challenger_better() -> None:
    assert refusing(but(reads_no_better(), mnist=predicted(MNIST, sure=0.997))) == ["better"]


def test_a_few_lost_regressions_are_named_and_forgiven() -> None:
    verdict = behaviour.regressions(but(good(), lost=[8, 5]), THRESHOLDS)
    assert verdict.passed
    assert "2 of 40" in verdict.words and "#5, #8" in verdict.words
    assert verdict.figures["lost"] == [5, 8]


def test_many_lost_regressions_are_not_all_named_in_words() -> None:
    verdict = behaviour.regressions(but(good(), lost=list(range(1, 15))), THRESHOLDS)
    assert verdict.words.count("#") == 10
    assert len(verdict.figures["lost"]) == 14


def test_one_error_more_of_a_digit_that_is_rare_refuses_nobody() -> None:
    labels = np.array([7, 7, 7, 7])
    few = on(
        PredictionPair(predicted(labels), predicted(labels, wrong=2)),
        drawing_labels=labels,
        ids=labels,
        holdout=labels == 0,
    )
    assert accuracy.recall(few, THRESHOLDS).passed
    assert "7 on drawings" in accuracy.recall(few, THRESHOLDS).words


def test_without_drawings_nothing_is_proved() -> None:
    decision = decide.decide(good(drawings=0), THRESHOLDS)
    assert [one.rule for one in decision.verdicts if not one.passed] == ["better"]
    assert decision.test == "none"
    assert decision.words.startswith("0 labelled digits")


def test_without_mnist_nothing_is_promoted() -> None:
    none = digits(0)
    assert "mnist" in refusing(
        replace(good(), mnist=PredictionPair(predicted(none), predicted(none)), mnist_labels=none)
    )


def test_without_non_digits_or_corrected_mistakes_the_rules_pass() -> None:
    nothing = Predictions(np.empty((0, 10)), np.empty(0))
    evidence = but(
        replace(good(), out_of_distribution=PredictionPair(nothing, nothing)), regressions=0
    )
    assert refusing(evidence) == []


def with_non_digits(*, accepted: int) -> Evidence:
    """The good evidence and fifty drawings of no digit; the champion accepts two of them."""
    labels = np.concatenate([DRAWN, np.full(50, 10)])
    before, after = (
        Predictions(
            np.concatenate([one.probabilities, np.full((50, 10), 0.1)]),
            np.concatenate([one.is_digit, np.where(np.arange(50) < count, 0.9, 0.1)]),
        )
        for one, count in ((good().drawings.champion, 2), (good().drawings.challenger, accepted))
    )
    return on(
        PredictionPair(before, after),
        drawing_labels=labels,
        ids=np.arange(550),
        holdout=np.arange(550) % 5 == 0,
    )


def test_drawn_non_digits_count_for_ood_detection_and_not_for_reading() -> None:
    same, worse = with_non_digits(accepted=2), with_non_digits(accepted=5)
    assert refusing(same) == []
    assert refusing(worse) == ["ood_detection"]
    figures = accuracy.better(worse, THRESHOLDS).figures
    assert figures == accuracy.better(good(), THRESHOLDS).figures
    assert figures["drawings"] == 500


def test_what_is_right_of_a_digit_and_of_no_digit() -> None:
    labels = np.array([3, 3, 10, 10])
    answers = predicted(np.array([3, 4, 0, 0]))
    answers.is_digit[:] = [0.1, 0.9, 0.1, 0.9]
    assert gate_evidence.right(answers, labels).tolist() == [True, False, True, False]


def test_lengths_must_fit() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        replace(good(), drawing_labels=digits(499))
    with pytest.raises(ValueError, match="do not fit"):
        replace(good(), out_of_distribution=PredictionPair(generated(5), predicted(digits(999))))


def viewed(*, own: tuple[float, float], other: tuple[float, float]) -> Evidence:
    """Drawings of which each network is so sure, champion and challenger: as drawn, and in a
    second view. A tenth is beyond doubt, and so are the margins' medians where they are alike."""
    doubtful = np.arange(500) % 10 == 0
    sure = [
        [
            np.where(doubtful[:, None], predicted(DRAWN, sure=one).probabilities, CERTAIN)
            for one in both
        ]
        for both in (own, other)
    ]
    pair = PredictionPair(*(Predictions(one, np.ones(500)) for one in sure[0]))
    views = [np.stack([sure[0][k], sure[1][k]], axis=1) for k in (0, 1)]
    return replace(on(pair), views=Views(*views))


CERTAIN = predicted(DRAWN, sure=0.999).probabilities


def test_a_drawing_proves_in_augmented_views_too() -> None:
    assert accuracy.better(viewed(own=(0.6, 0.62), other=(0.6, 0.9)), THRESHOLDS).passed
    assert not accuracy.better(viewed(own=(0.6, 0.6), other=(0.6, 0.6)), THRESHOLDS).passed


def test_who_reads_augmented_views_better_and_the_drawings_worse_is_refused() -> None:
    worse = viewed(own=(0.62, 0.6), other=(0.6, 0.9))
    verdict = accuracy.better(worse, THRESHOLDS)
    assert verdict.figures["p"] < THRESHOLDS.alpha
    assert not verdict.passed
    assert "as drawn alone -" in verdict.words


def test_what_the_site_takes_for_a_digit_is_what_the_gate_takes_for_one() -> None:
    half_sure = Predictions(np.eye(10)[[3, 3]], np.array([0.6, 0.9]), 0.8)
    assert half_sure.accepted.tolist() == [False, True]
    assert half_sure.of(np.array([True, False])).accepted.tolist() == [False]
    assert gate_evidence.right(half_sure, np.array([10, 10])).tolist() == [True, False]


def test_a_promotion_claims_no_more_than_the_rules_ask() -> None:
    fewer = decide.decide(good(), THRESHOLDS)
    assert fewer.promote
    assert fewer.words.startswith("It reads people’s drawings better (")
    assert fewer.words.endswith("and is nowhere worse by more than is allowed.")
    surer = but(good(), drawings=predicted(DRAWN, wrong=5, sure=0.995))
    assert decide.decide(surer, THRESHOLDS).words.startswith(
        "It is more confident about what people’s drawings are"
    )


def test_a_fall_that_is_allowed_says_what_allows_it() -> None:
    words = accuracy.recall(
        but(good(), drawings=predicted(DRAWN, wrong=6, sure=0.995)), THRESHOLDS
    ).words
    assert f"and {THRESHOLDS.few - 1} drawings in any case" in words


def many(fixed: int, broken: int, *, held: bool = True) -> Evidence:
    """Drawings that the challenger fixes and breaks, of the holdout or not."""
    labels = digits(2000)
    return on(
        PredictionPair(predicted(labels, wrong=fixed), predicted(labels, wrong=broken, start=1000)),
        drawing_labels=labels,
        ids=labels,
        holdout=np.full(2000, held),
    )


@pytest.mark.parametrize(("fixed", "broken", "passed"), [(21, 9, True), (20, 10, False)])
def test_from_thirty_that_differ_mcnemar_decides(fixed: int, broken: int, passed: bool) -> None:
    verdict = accuracy.better(many(fixed, broken), THRESHOLDS)
    assert verdict.figures["test"] == "mcnemar"
    assert verdict.passed is passed


def test_fewer_that_differ_or_outside_the_holdout_leave_it_to_the_sign_flip_test() -> None:
    assert accuracy.better(many(21, 8), THRESHOLDS).figures["test"] == "crossed"
    assert accuracy.better(many(21, 9, held=False), THRESHOLDS).figures["test"] == "crossed"


def test_more_errors_refuse_whatever_the_gains() -> None:
    drawn = good().drawings.champion
    one_more, two_more = (
        accuracy.better(
            but(good(), drawings=predicted(DRAWN, wrong=wrong, sure=0.995)),
            replace(THRESHOLDS, alpha=1.0, alpha_as_drawn=1.0),
        )
        for wrong in (6, 7)
    )
    assert (drawn.digits != DRAWN).sum() == 5
    assert one_more.passed  # of five hundred, one more is chance
    assert not two_more.passed
