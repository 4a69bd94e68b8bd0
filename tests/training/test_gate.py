import json

from tests.training.evidence import RULES, good
from training import gate


def test_a_challenger_that_is_better_and_no_worse_is_promoted() -> None:
    decision = gate.decide(good(), RULES)
    assert decision.promote, decision.words
    assert [one.rule for one in decision.verdicts] == [
        "mnist",
        "shipped",
        "better",
        "recall",
        "regressions",
        "calibration",
        "telling",
        "export",
        "speed",
    ]


def test_a_decision_is_plain_json() -> None:
    kept = json.loads(json.dumps(gate.decide(good(), RULES).as_dict()))
    assert kept["promote"] is True
    assert kept["test"] == "crossed"
    assert set(kept["verdicts"][0]) == {"rule", "passed", "words", "figures"}
