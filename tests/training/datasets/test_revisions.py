"""Which drawings a dataset holds, and where each stays."""

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.models import User
from recognizer.services import deleting, labelling
from tests.people import drawn_by, person, register
from training.datasets import revisions
from training.models import DatasetRevision, Sample, Subset, TrainingRun

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def answering(champion) -> None:
    """Every drawing here is answered."""


def labelled(owner: User, digit: int | None = 4, *, by: User | None = None):
    drawing = drawn_by(owner)
    labelling.label(drawing=drawing, author=by or owner, digit=digit)
    return drawing


def freeze() -> DatasetRevision:
    rows = revisions.rows()
    return revisions.freeze(rows, [""] * len(rows), [0.0] * len(rows), beside={"mnist": 100})


def test_only_what_a_person_labelled_is_in_it(anna) -> None:
    drawn_by(anna)
    mine = labelled(anna)
    assert [row.drawing for row in revisions.rows()] == [mine.pk]


@pytest.mark.parametrize("gone", [{"teaches": False}, {"is_active": False}])
def test_whoever_said_no_or_was_closed_out_is_never_in_it(anna, bert, gone) -> None:
    labelled(anna)
    mine = labelled(bert)
    User.objects.filter(pk=anna.pk).update(**gone)
    assert [row.drawing for row in revisions.rows()] == [mine.pk]


def test_a_reviewers_word_counts_before_the_owners(anna, reviewer) -> None:
    drawing = labelled(anna, 4)
    labelling.label(drawing=drawing, author=reviewer, digit=9)
    [row] = revisions.rows()
    assert (row.digit, row.reviewed) == (9, True)


def test_a_subset_sticks_whatever_is_said_later(anna, reviewer) -> None:
    drawings = [labelled(anna) for _ in range(30)]
    before = {row.drawing: row.subset for row in revisions.rows()}
    for drawing in drawings[:10]:
        labelling.label(drawing=drawing, author=reviewer, digit=1)
    [labelled(anna) for _ in range(5)]
    after = {row.drawing: row.subset for row in revisions.rows()}
    assert after.items() >= before.items()
    assert len(after) == 35
    assert set(before.values()) == {Subset.TRAIN, Subset.HOLDOUT}


def test_a_fifth_is_held_out() -> None:
    held = [revisions.subset_of(f"drawing {pk}") for pk in range(5000)].count(Subset.HOLDOUT)
    assert 900 < held < 1100


@pytest.mark.slow
def test_with_enough_people_each_persons_drawings_stay_together() -> None:
    people = [person(f"writer{one}") for one in range(revisions.PEOPLE_APART)]
    for owner in people:
        [labelled(owner) for _ in range(4)]
    by_owner: dict[int, set[str]] = {}
    for row in revisions.rows():
        by_owner.setdefault(row.owner, set()).add(row.subset)
    assert all(len(subsets) == 1 for subsets in by_owner.values())
    assert {one for subsets in by_owner.values() for one in subsets} == set(Subset)


def test_whoever_drew_before_people_were_apart_gets_more_of_the_same(anna) -> None:
    """Their drawings lie in both subsets; from now on none goes where fewer of them are."""
    for place in range(8):
        subset = Subset.HOLDOUT if place < 5 else Subset.TRAIN
        Sample.objects.create(drawing=labelled(anna), subset=subset)
    people = [person(f"writer{one}") for one in range(revisions.PEOPLE_APART - 1)]
    new = [labelled(owner) for owner in [*people, anna, anna, anna]][-3:]
    found = {row.drawing: row.subset for row in revisions.rows()}
    assert {found[one.pk] for one in new} == {Subset.HOLDOUT}
    assert Sample.objects.filter(by_person=True).count() == len(people) + 3


def test_once_apart_people_stay_apart(anna) -> None:
    assert not revisions.people_are_apart()
    people = [person(f"writer{one}") for one in range(revisions.PEOPLE_APART)]
    [labelled(owner) for owner in people]
    revisions.rows()
    for owner in people[1:]:
        deleting.delete_account(owner)
    assert revisions.people_are_apart()
    [labelled(anna) for _ in range(12)]
    assert len({row.subset for row in revisions.rows() if row.owner == anna.pk}) == 1


def test_what_was_deleted_meanwhile_is_not_placed(anna) -> None:
    mine, gone = labelled(anna), labelled(anna)
    number = gone.pk
    gone.delete()
    revisions._place([(mine.pk, anna.pk), (number, anna.pk)], by_person=False)
    assert [sample.drawing_id for sample in Sample.objects.all()] == [mine.pk]


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_other_writers_wait_for_a_few_rows_at_most(anna, monkeypatch) -> None:
    monkeypatch.setattr(revisions, "AT_ONCE", 2)
    [labelled(anna) for _ in range(7)]
    with CaptureQueriesContext(connection) as placing:
        rows = revisions.rows()
    with CaptureQueriesContext(connection) as freezing:
        dataset = revisions.freeze(rows, [""] * 7, [0.0] * 7, beside={})
    assert Sample.objects.count() == dataset.samples.count() == 7
    assert _most_inserts(placing, "sample") == _most_inserts(freezing, "datasetsample") == 1
    assert _commits(placing) == _commits(freezing) == 4


def _most_inserts(queries: CaptureQueriesContext, table: str) -> int:
    """Of two rows each, in one transaction."""
    together = "\n".join(query["sql"] for query in queries).split("COMMIT")
    return max(part.count(f'INTO "training_{table}"') for part in together)


def _commits(queries: CaptureQueriesContext) -> int:
    return sum(query["sql"] == "COMMIT" for query in queries)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plans")
def test_labelled_drawings_are_found_by_index(anna) -> None:
    for found in (revisions.labelled(), revisions.labelled().filter(sample=None)):
        plan = found.values_list("pk", "owner_id").explain()
        assert "INDEX labelled" in plan
        assert "TEMP B-TREE" not in plan


def test_the_digest_changes_with_labels_alone(anna) -> None:
    drawing = labelled(anna, 4)
    first = revisions.digest(revisions.rows())
    drawn_by(anna)
    labelling.label(drawing=drawing, author=anna, digit=4)
    assert revisions.digest(revisions.rows()) == first
    labelling.label(drawing=drawing, author=anna, digit=5)
    assert revisions.digest(revisions.rows()) != first


def test_it_counts_digits_sources_and_people(anna, bert) -> None:
    for digit in (4, 4, 7, None):
        labelled(anna, digit)
    labelled(bert, 1)
    counts = freeze().counts
    assert counts["digits"] == [0, 1, 0, 0, 2, 0, 0, 1, 0, 0]
    assert counts["not_a_digit"] == 1
    assert counts["train"] + counts["holdout"] == 5
    assert counts["sources"] == {"mnist": 100, "strokes": 5, "uploads": 0}
    assert counts["writers"] == 2


def test_what_was_set_aside_is_written_down_and_does_not_count(anna) -> None:
    mine = labelled(anna)
    rows = revisions.rows()
    dataset = revisions.freeze(rows, ["doubted"], [0.9], beside={})
    [sample] = dataset.samples.all()
    assert (sample.drawing_id, sample.set_aside, sample.doubt) == (mine.pk, "doubted", 0.9)
    assert dataset.counts["set_aside"] == 1
    assert dataset.counts["train"] + dataset.counts["holdout"] == 0


def test_a_deleted_drawing_leaves_its_number_alone(anna) -> None:
    mine = labelled(anna)
    number = mine.pk
    dataset = freeze()
    mine.delete()
    assert revisions.rows() == []
    assert not Sample.objects.exists()
    assert [sample.drawing_id for sample in dataset.samples.all()] == [number]


def test_people_are_known_by_what_they_drew_and_what_reviewers_refused(anna, reviewer) -> None:
    drawing, other = labelled(anna, 4), labelled(anna, 4)
    drawn_by(anna)
    labelling.label(drawing=drawing, author=reviewer, digit=9)
    labelling.label(drawing=other, author=reviewer, digit=4)
    assert revisions.drawn_by([anna.pk]) == {anna.pk: 3}
    assert revisions.refused_of([anna.pk]) == {anna.pk: 1}


@pytest.mark.parametrize(
    ("said", "reviewed", "refused"),
    [
        ([4], 9, 1),
        ([4, 9], 9, 0),  # a slip of their own, put right
        ([9, 4], 9, 1),
        ([4], None, 1),
        ([None], 4, 1),
        ([None], None, 0),
        ([4, None], None, 0),
        ([], 4, 0),
    ],
)
def test_a_persons_last_word_is_what_a_reviewer_refuses(
    anna, reviewer, said, reviewed, refused
) -> None:
    drawing = drawn_by(anna)
    for digit in said:
        labelling.label(drawing=drawing, author=anna, digit=digit)
    labelling.label(drawing=drawing, author=reviewer, digit=reviewed)
    assert revisions.refused_of([anna.pk]).get(anna.pk, 0) == refused


def test_a_version_learned_what_its_ancestors_learned(anna, champion) -> None:
    mine = [labelled(anna) for _ in range(12)]
    dataset = freeze()
    child, stranger = register(1, origin="trained"), register(2, origin="trained")
    child.parent = champion
    child.save()
    TrainingRun.objects.create(
        trigger="staff", state="promoted", dataset=dataset, champion=champion, challenger=child
    )
    trained_on = set(dataset.samples.filter(subset="train").values_list("drawing_id", flat=True))
    assert trained_on
    assert trained_on <= {one.pk for one in mine}
    assert revisions.training_drawings(child) == trained_on
    assert revisions.training_drawings(stranger) == revisions.training_drawings(champion) == set()
