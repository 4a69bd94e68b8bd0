"""Tests what owners read about the use of their drawings."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recognizer.models import Artifact, Drawing, ModelVersion, User
from tests.people import person, register
from tests.training.helpers import rows
from training.models import SetAside, Subset, TrainingRun
from training.usage import usage
from training.usage.usage import MOST_ASKED, summary_of, usage_of
from training.usage.wording import listed, summary_words, usage_words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
State = TrainingRun.State


def learn(*drawings: Drawing, version: ModelVersion | None, **use: str) -> TrainingRun:
    """A run that uses these drawings so, and makes the version its champion."""
    data = rows.dataset()
    for one in drawings:
        rows.use(one, data, **use)
    state = State.PROMOTED if version else State.FAILED
    return rows.run(state, dataset=data, challenger=version)


def words(drawing: Drawing) -> str:
    return " ".join(usage_words(usage_of(Drawing.objects.get(pk=drawing.pk))))


def test_a_correction_that_was_trained_on(corrected, fours):
    run = learn(corrected, version=fours)
    assert words(corrected) == (
        f"Your correction was used by run {run.pk}; "
        f"the model has read it right since version {fours.pk}."
    )


def test_since_the_oldest_forebear_that_is_right(corrected, fours):
    learn(corrected, version=fours)
    later = rows.version(4, sure=0.98, parent=fours)
    learn(corrected, version=later)
    told = usage_of(corrected)
    assert (told.now.right, told.now.since, len(told.training_uses)) == (True, fours.pk, 2)


def descend(version: ModelVersion, *, count: int, sure: float = 0.9) -> ModelVersion:
    """The last of so many versions, each the next one's parent, which all say 4."""
    for place in range(count):
        version = rows.version(4, sure=sure + place / 1000, parent=version)
    return version


def test_where_forebears_were_not_asked_it_may_be_right_since_earlier(corrected, fours):
    learn(corrected, version=descend(fours, count=MOST_ASKED - 1))
    assert words(corrected).endswith(f"right since version {fours.pk}.")
    learn(corrected, version=rows.version(4, sure=0.98, parent=ModelVersion.objects.champion()))
    assert words(corrected).endswith(f"right since version {fours.pk} or earlier.")


def test_a_forebear_that_cannot_be_asked_may_have_been_right(corrected, fours):
    later = rows.version(4, sure=0.98, parent=fours)
    learn(corrected, version=later)
    Artifact.objects.filter(pk=fours.onnx_id).update(content=b"damaged")
    assert words(corrected).endswith(f"right since version {later.pk} or earlier.")


def test_a_roll_back_is_told_as_it_is(corrected, fours, champion):
    learn(corrected, version=fours)
    rows.registry.promote(champion)
    assert words(corrected).endswith("the model still reads it as 7, and the next run tries again.")


def test_a_confirmation(champion, anna):
    drawing = rows.drawing(anna, version=champion, digit=7, truth=7)
    learn(drawing, version=rows.version(7, sure=0.98, parent=champion))
    assert words(drawing).startswith("Your label was used by run")
    assert words(drawing).endswith("the model read it right from the start.")


def test_what_a_reviewer_said(corrected, fours, bert):
    rows.label(corrected, 4, role="reviewer", author=bert)
    corrected.refresh_from_db()
    learn(corrected, version=fours)
    assert words(corrected).startswith("A reviewer’s label was used by run")


def test_a_reviewers_later_word_did_not_teach_earlier(corrected, fours, bert):
    learn(corrected, version=fours)
    rows.label(corrected, 4, role="reviewer", author=bert)
    corrected.refresh_from_db()
    assert words(corrected).startswith("Your correction was used by run")


def says(author: User, drawing: Drawing, digit: int | None) -> None:
    """They review it, unless it is their own."""
    role = "owner" if author == drawing.owner else "reviewer"
    rows.label(drawing, digit, role=role, author=author)
    drawing.refresh_from_db()


def test_each_ones_word_is_told_with_the_runs_that_learned_it(corrected, fours, bert):
    first = learn(corrected, version=fours)
    says(bert, corrected, 9)
    nine = rows.version(9, parent=fours)
    second = learn(corrected, version=nine)
    third = learn(corrected, version=rows.version(9, sure=0.98, parent=nine))
    assert words(corrected) == (
        f"Your correction, 4, was used by run {first.pk}, and a reviewer’s label, 9, by "
        f"runs {second.pk} and {third.pk}; the model has read it right since version {nine.pk}."
    )


def test_the_label_of_a_reviewer_who_agrees_counts_too(corrected, fours, bert):
    first = learn(corrected, version=fours)
    says(bert, corrected, 4)
    second = learn(corrected, version=rows.version(4, sure=0.98, parent=fours))
    assert words(corrected).startswith(
        f"Your correction was used by run {first.pk}, and a reviewer’s label by "
        f"run {second.pk}; the model has read it right"
    )


def test_what_was_learned_is_not_what_it_got_right(anna, bert):
    refusing = [register(7, is_digit=share, origin="trained") for share in (0.1, 0.2)]
    drawing = rows.drawing(anna, version=refusing[0], digit=None, truth=3)
    first, second = (learn(drawing, version=version) for version in refusing)
    says(bert, drawing, None)
    assert words(drawing) == (
        f"Your correction, 3, was used by runs {first.pk} and {second.pk}. "
        "A reviewer has since said that it is not a digit; the model read it right from the start."
    )


def test_what_was_learned_is_not_tried_again_where_it_is_something_else(corrected, fours, anna):
    run = learn(corrected, version=fours)
    says(anna, corrected, 9)
    assert words(corrected) == (
        f"Your correction, 4, was used by run {run.pk}. "
        "You have since said that it is 9; the model still reads it as 4."
    )


def test_a_confirmation_that_a_reviewer_denies_was_no_correction(champion, anna, bert):
    drawing = rows.drawing(anna, version=champion, digit=7, truth=7)
    run = learn(drawing, version=rows.version(7, sure=0.98, parent=champion))
    says(bert, drawing, 1)
    assert words(drawing).startswith(f"Your label, 7, was used by run {run.pk}. A review")


def test_a_proof_teaches_nothing(corrected, fours):
    run = learn(corrected, version=fours, subset=Subset.HOLDOUT)
    assert f"held out: since run {run.pk}" in words(corrected)
    assert "used by" not in words(corrected)


@pytest.mark.parametrize(
    ("reason", "said"),
    [(SetAside.OWN, "Only you write it this way"),
     (SetAside.DOUBTED, "a reviewer will check it"), (SetAside.TOO_MANY, "its turn comes later"),
     (SetAside.DISTRUSTED, "a reviewer will check it")],
)  # fmt: skip
def test_what_was_set_aside_is_told_kindly(corrected, fours, reason, said):
    run = learn(corrected, version=fours, set_aside=reason)
    assert f"Run {run.pk} set it aside for now" in words(corrected)
    assert said in words(corrected)
    assert "wrong" not in words(corrected)


def test_a_run_that_made_no_version_trained_none(corrected):
    learn(corrected, version=None)
    assert words(corrected).startswith("No version has learned from it yet.")


def test_nothing_was_said(champion, anna):
    assert "nobody has said what it is" in words(rows.drawing(anna, version=champion))


def test_who_said_no_was_never_used(champion):
    nora = person("nora", teaches=False)
    drawing = rows.drawing(nora, version=champion, truth=4)
    assert words(drawing).startswith("It was never used for training, as you wished")


def test_who_says_no_later_is_told_what_was(corrected, fours, anna):
    run = learn(corrected, version=fours)
    say_no(anna)
    assert f"used by run {run.pk}" in words(corrected)
    assert "You have since opted out of training" in words(corrected)


def say_no(user: User) -> None:
    user.teaches = False
    user.save()


def test_who_says_no_later_is_promised_no_next_run(corrected, fours, champion, anna):
    learn(corrected, version=fours)
    rows.registry.promote(champion)
    say_no(anna)
    assert "; the model still reads it as 7. You have since opted out" in words(corrected)


@pytest.mark.parametrize("reason", SetAside)
def test_who_says_no_later_waits_for_no_turn_and_no_reviewer(corrected, fours, anna, reason):
    run = learn(corrected, version=fours, set_aside=reason)
    say_no(anna)
    assert words(corrected) == (
        f"Run {run.pk} set it aside; the model has read it right since version {fours.pk}. "
        "You have since opted out of training: no later dataset contains it."
    )


def test_who_says_no_later_lends_no_proof(corrected, fours, anna):
    run = learn(corrected, version=fours, subset=Subset.HOLDOUT)
    say_no(anna)
    assert words(corrected).startswith(
        f"It was held out: from run {run.pk} on versions were tested on it, none trained on it;"
    )


def test_a_version_whose_file_is_damaged_is_not_asked(corrected, fours):
    learn(corrected, version=fours)
    Artifact.objects.filter(pk=fours.onnx_id).update(content=b"damaged")
    cache.clear()
    assert usage_of(corrected).now is None
    assert words(corrected).endswith(".")


def test_a_version_is_asked_once(corrected, fours, django_assert_num_queries):
    learn(corrected, version=fours)
    first = usage_of(corrected)
    Artifact.objects.filter(pk=fours.onnx_id).update(content=b"damaged")
    assert usage_of(corrected) == first


def test_a_version_is_loaded_once_for_many_drawings(corrected, fours, anna, champion):
    later = rows.version(4, sure=0.98, parent=fours)
    learn(corrected, version=fours)
    learn(corrected, version=later)
    others = [rows.drawing(anna, version=champion, digit=7, truth=4) for _ in range(3)]
    first = usage_of(corrected)
    with CaptureQueriesContext(connection) as queries:
        found = [usage_of(one) for one in others]
    assert {(one.now.right, one.now.since) for one in found} == {(True, fours.pk)}
    assert first.now.since == fours.pk
    assert not [query for query in queries if '"content"' in query["sql"]]


def test_what_versions_learned_is_summed(corrected, fours, anna, champion):
    others = [rows.drawing(anna, version=champion, truth=1) for _ in range(3)]
    learn(corrected, others[0], version=fours)
    later = rows.version(4, sure=0.98, parent=fours)
    run = learn(corrected, version=later)
    rows.use(others[1], run.dataset, subset=Subset.HOLDOUT)
    rows.use(others[2], run.dataset, set_aside=SetAside.DOUBTED)
    found = summary_of(Drawing.objects.owned_by(anna))
    assert (found.trained, found.held_out) == (2, 1)
    assert found.versions == [fours.pk, later.pk]
    said = summary_words(found, one=False)
    assert said.startswith(f"Versions {fours.pk} and {later.pk} learned from 2 of these drawings.")
    assert said.endswith("1 was held out, to test what was learned.")


def test_nothing_learned(anna):
    found = summary_of(Drawing.objects.owned_by(anna))
    assert summary_words(found, one=False) == "No version has learned from these drawings."
    assert summary_words(found, one=True) == "No version has learned from it."


@pytest.mark.parametrize(
    ("numbers", "said"), [([3], "3"), ([3, 5], "3 and 5"), ([3, 5, 8], "3, 5 and 8")]
)
def test_numbers_are_listed(numbers, said):
    assert listed(numbers) == said


def test_a_long_lineage_takes_no_more_queries(page, corrected, fours):
    def asked() -> list[int]:
        return [queries(page, f"/usage/{corrected.pk}/"), queries(page, "/usage/taught/")]

    short = descend(fours, count=MOST_ASKED)
    long = descend(short, count=MOST_ASKED, sure=0.95)
    learn(corrected, version=short, set_aside=SetAside.TOO_MANY)  # no version was taught
    few = asked()
    rows.registry.promote(long)
    assert asked() == few


def queries(page: Client, address: str) -> int:
    """How often the database is asked for a page whose versions no process has loaded."""
    cache.clear()
    usage._loaded.cache_clear()
    with CaptureQueriesContext(connection) as seen:
        assert page.get(address).status_code == 200
    return len(seen)


# The addresses ----------------------------------------------------------------------------------


def test_a_fragment_is_bare(page, corrected):
    url = f"/usage/{corrected.pk}/"
    assert "<html" in page.get(url).content.decode()
    fragment = page.get(url, headers={"X-Fragment": "1"})
    assert fragment.content.decode().startswith("<p>No version has learned from it yet.")
    assert "X-Fragment" in fragment["Vary"]


def test_the_summary_follows_the_filter(page, corrected, fours, anna, champion, bert):
    learn(corrected, rows.drawing(bert, version=champion, truth=4), version=fours)
    assert "learned from 1 of these drawings" in page.get("/usage/").content.decode()
    assert "No version has learned" in page.get("/usage/?digit=3").content.decode()
    one = page.get(f"/usage/?drawing={corrected.pk}").content.decode()
    assert f"Version {fours.pk} learned from it" in one
    assert Client().get("/usage/").status_code == 302


@pytest.mark.parametrize("query", ["digit=10", "state=odd", "drawing=x", "drawing=-1"])
def test_a_filter_that_is_none(page, query):
    response = page.get(f"/usage/?{query}")
    assert response.status_code == 400
    assert "cannot be read" in response.content.decode()


def test_anothers_drawing_is_not_summed(page, bert, champion):
    other = rows.drawing(bert, version=champion)
    assert page.get(f"/usage/?drawing={other.pk}").status_code == 404
    assert page.get(f"/usage/?drawing={'9' * 40}").status_code == 404


def test_the_recognizers_pages_point_there(page, corrected):
    drawing = page.get(f"/drawings/{corrected.pk}/").content.decode()
    assert f'data-fragment="/usage/{corrected.pk}/"' in drawing
    assert f'data-fragment="/usage/?drawing={corrected.pk}"' in drawing
    assert (
        'data-fragment="/usage/?state=wrong"'
        in page.get("/history/delete/?state=wrong").content.decode()
    )
    assert 'data-fragment="/usage/"' in page.get("/account/").content.decode()
