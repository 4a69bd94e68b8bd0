"""The wording of answers and drawings, and that the API gives it to the scripts that ask for it."""

import pytest

from recognizer import wording
from recognizer.inference.number_reading import DrawingAnswer, Part
from recognizer.inference.verdicts import Verdict
from recognizer.models import Drawing, Prediction
from recognizer.services import labelling
from tests.people import drawn_by, signed_in

SHARES = [0.01, 0.0, 0.0, 0.6, 0.0, 0.0, 0.0, 0.0, 0.3, 0.09]
SEVEN = {"strokes": [[[10, 10], [90, 10], [40, 90]]], "width": 100, "height": 100}


def part(digit: int | None) -> Part:
    return Part(
        digit=digit, confidence=0.9123, probabilities=SHARES, is_digit=1.0, place=(0, 0, 1, 1)
    )


def answer(verdict: Verdict, **known) -> DrawingAnswer:
    return DrawingAnswer(
        **{
            "verdict": verdict, "digit": None, "number": None, "confidence": 0.98765,
            "probabilities": SHARES, "is_digit": 1.0, "candidates": [], "parts": [], **known,
        }
    )  # fmt: skip


ANSWERS = {
    "digit": answer(Verdict.DIGIT, digit=3),
    "number": answer(Verdict.NUMBER, number="42", parts=[part(4), part(2)]),
    "unsure": answer(Verdict.UNSURE, candidates=[3, 8]),
    "none": answer(Verdict.NOT_A_DIGIT),
    "several": answer(Verdict.SEVERAL, parts=[part(4), part(2)]),
}


@pytest.mark.parametrize(
    ("name", "asserted", "numeral", "verdict", "rival", "sentence"),
    [
        ("digit", "3", "3", "98.7% sure", "or 8 (30.0%)", "Reads as 3, 98.7% sure."),
        ("number", "", "42", "98.7% sure", "4 (91.2%), 2 (91.2%)",
         "Reads as the number 42, 98.7% sure."),
        ("unsure", "", "3 8", "Unsure: 3 or 8", "3 (60.0%), 8 (30.0%)", "Unsure: 3 or 8."),
        ("none", "none", wording.NO_DIGITS, "Not a digit", "Nearest digit: 3", "Not a digit."),
        ("several", "", wording.NO_DIGITS, "Several digits", "Write them side by side, with gaps.",
         "Several digits. Write them side by side, with gaps."),
    ],
)  # fmt: skip
def test_each_kind_of_answer(name, asserted, numeral, verdict, rival, sentence):
    assert wording.answer_words(ANSWERS[name]) == {
        "state": name,
        "asserted_label": asserted,
        "numeral": numeral,
        "verdict": verdict,
        "rival": rival,
        "sentence": sentence,
        "personal": "",
        "alone": "",
        "reason": "",
    }


def test_an_improbable_rival_is_not_mentioned():
    sure = answer(Verdict.DIGIT, digit=3, probabilities=[0.0, 0.04, 0, 0.96, 0, 0, 0, 0, 0, 0])
    assert wording.rival(sure) == ""


def test_several_that_cannot_be_read_are_not_to_be_written_apart():
    unread = answer(Verdict.SEVERAL, parts=[part(4), part(None)])
    assert wording.rival(unread) == "Not each of them can be read."


def test_no_answer_is_blank():
    assert wording.answer_state(None) == "blank"
    assert wording.asserted_label(None) == ""


@pytest.mark.parametrize(
    ("name", "outcome", "words"),
    [
        ("digit", "right", ["3", "right", "98.7%"]),
        ("number", "unlabelled", ["42", "unlabelled", "98.7%"]),
        ("unsure", "unlabelled", ["?", "unsure", ""]),
        ("none", "unlabelled", ["?", "not a digit", ""]),
        ("several", "unlabelled", ["?", "several digits", ""]),
        ("unsure", "wrong", ["?", "wrong", ""]),
        (None, "waiting", ["\N{HORIZONTAL ELLIPSIS}", "waiting", ""]),
    ],
)
def test_a_drawing_in_a_list(name, outcome, words):
    drawing = Drawing(outcome=outcome)
    drawing.answer = name and stored(ANSWERS[name])
    said = wording.drawing_words(drawing)
    assert [said["answer"], said["state"], said["confidence"]] == words


def stored(answer: DrawingAnswer) -> Prediction:
    known = answer.as_dict()
    kept = ("verdict", "digit", "number", "confidence", "probabilities", "parts")
    return Prediction(is_digit=1.0, **{name: known[name] for name in kept})


@pytest.mark.parametrize("name", list(ANSWERS))
def test_a_stored_answer_is_worded_as_a_live_one(name):
    assert wording.answer_words(stored(ANSWERS[name])) == wording.answer_words(ANSWERS[name])


@pytest.mark.django_db
@pytest.mark.usefixtures("champion", "broker")
class TestWordsOfTheApi:
    def test_a_live_answer(self, client):
        url = "/api/recognize/"
        post = {"data": SEVEN, "content_type": "application/json"}
        assert "words" not in client.post(url, **post).json()
        said = client.post(f"{url}?words=1", **post).json()
        assert said["words"]["asserted_label"] == str(said["digit"])
        assert said["words"]["verdict"].endswith("% sure")

    def test_a_kept_drawing(self, anna):
        url = f"/api/drawings/{drawn_by(anna).pk}/"
        mine = signed_in(anna)
        plain, worded = mine.get(url).json(), mine.get(f"{url}?words=1").json()
        assert "words" not in plain and "words" not in plain["answer"]
        assert worded["words"]["answer"] == worded["answer"]["words"]["numeral"] == "7"
        assert worded["words"]["label"] == worded["words"]["truth"] == ""

    def test_a_label_answers_with_the_words_that_change(self, anna):
        drawing = drawn_by(anna)
        url = f"/api/drawings/{drawing.pk}/labels/?words=1"
        words = signed_in(anna).post(url, {"digit": None}, format="json").json()["words"]
        assert (words["label"], words["state"]) == ("not a digit", "wrong")
        assert words["truth"] == "it is not a digit"

    def test_that_a_reviewer_said_otherwise(self, anna, rita):
        drawing = drawn_by(anna)
        labelling.label(drawing=drawing, author=anna, digit=9)
        labelling.label(drawing=drawing, author=rita, digit=4)
        words = signed_in(anna).get(f"/api/drawings/{drawing.pk}/?words=1").json()["words"]
        assert words["truth"] == "a reviewer says it is 4, you said 9"


def test_many_drawings_are_counted_in_groups_of_three_digits():
    counts = [wording.drawing_count(count) for count in (0, 1, 2, 10_000)]
    assert counts == ["0 drawings", "1 drawing", "2 drawings", "10,000 drawings"]
