"""Which drawings a dataset holds, and where each stays."""

import pytest

from recognizer import services
from recognizer.models import User
from tests.recognizer.conftest import drawn_by, person, register
from training import datasets
from training.models import DatasetRevision, Sample, Subset, TrainingRun

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def answering(champion) -> None:
    """Every drawing here is answered."""


def labelled(owner: User, digit: int | None = 4, *, by: User | None = None):
    drawing = drawn_by(owner)
    services.label(drawing=drawing, author=by or owner, digit=digit)
    return drawing


def freeze() -> DatasetRevision:
    rows = datasets.rows()
    return datasets.freeze(rows, [""] * len(rows), [0.0] * len(rows), mnist=100)


def test_only_what_a_person_labelled_is_in_it(anna) -> None:
    drawn_by(anna)
    mine = labelled(anna)
    assert [row.drawing for row in datasets.rows()] == [mine.pk]


def test_whoever_said_no_is_never_in_it(anna, bert) -> None:
    labelled(anna)
    mine = labelled(bert)
    anna.teaches = False
    anna.save()
    assert [row.drawing for row in datasets.rows()] == [mine.pk]


def test_a_reviewers_word_counts_before_the_owners(anna, reviewer) -> None:
    drawing = labelled(anna, 4)
    services.label(drawing=drawing, author=reviewer, digit=9)
    [row] = datasets.rows()
    assert (row.digit, row.reviewed) == (9, True)


def test_a_subset_sticks_whatever_is_said_later(anna, reviewer) -> None:
    drawings = [labelled(anna) for _ in range(30)]
    before = {row.drawing: row.subset for row in datasets.rows()}
    for drawing in drawings[:10]:
        services.label(drawing=drawing, author=reviewer, digit=1)
    [labelled(anna) for _ in range(5)]
    after = {row.drawing: row.subset for row in datasets.rows()}
    assert after.items() >= before.items()
    assert len(after) == 35
    assert set(before.values()) == {Subset.TRAIN, Subset.HOLDOUT}


def test_a_fifth_is_held_out() -> None:
    held = [datasets.subset_of(f"drawing {pk}") for pk in range(5000)].count(Subset.HOLDOUT)
    assert 900 < held < 1100


def test_with_enough_people_each_persons_drawings_stay_together() -> None:
    people = [person(f"writer{one}") for one in range(datasets.PEOPLE_APART)]
    for owner in people:
        [labelled(owner) for _ in range(4)]
    by_owner: dict[int, set[str]] = {}
    for row in datasets.rows():
        by_owner.setdefault(row.owner, set()).add(row.subset)
    assert all(len(subsets) == 1 for subsets in by_owner.values())
    assert {one for subsets in by_owner.values() for one in subsets} == set(Subset)


def test_the_digest_changes_with_labels_alone(anna) -> None:
    drawing = labelled(anna, 4)
    first = datasets.digest(datasets.rows())
    drawn_by(anna)
    services.label(drawing=drawing, author=anna, digit=4)
    assert datasets.digest(datasets.rows()) == first
    services.label(drawing=drawing, author=anna, digit=5)
    assert datasets.digest(datasets.rows()) != first


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
    rows = datasets.rows()
    dataset = datasets.freeze(rows, ["doubted"], [0.9], mnist=0)
    [sample] = dataset.samples.all()
    assert (sample.drawing_id, sample.set_aside, sample.doubt) == (mine.pk, "doubted", 0.9)
    assert dataset.counts["set_aside"] == 1
    assert dataset.counts["train"] + dataset.counts["holdout"] == 0


def test_a_deleted_drawing_leaves_its_number_alone(anna) -> None:
    mine = labelled(anna)
    number = mine.pk
    dataset = freeze()
    mine.delete()
    assert datasets.rows() == []
    assert not Sample.objects.exists()
    assert [sample.drawing_id for sample in dataset.samples.all()] == [number]


def test_people_are_known_by_what_they_drew_and_what_reviewers_refused(anna, reviewer) -> None:
    drawing, other = labelled(anna, 4), labelled(anna, 4)
    drawn_by(anna)
    services.label(drawing=drawing, author=reviewer, digit=9)
    services.label(drawing=other, author=reviewer, digit=4)
    assert datasets.drawn_by([anna.pk]) == {anna.pk: 3}
    assert datasets.refused_of([anna.pk]) == {anna.pk: 1}


def test_a_version_learned_what_its_ancestors_learned(anna, champion) -> None:
    mine = [labelled(anna) for _ in range(12)]
    dataset = freeze()
    child, stranger = register(1, origin="trained"), register(2, origin="trained")
    child.parent = champion
    child.save()
    TrainingRun.objects.create(
        trigger="staff", state="promoted", dataset=dataset, champion=champion, challenger=child
    )
    taught = set(dataset.samples.filter(subset="train").values_list("drawing_id", flat=True))
    assert taught
    assert taught <= {one.pk for one in mine}
    assert datasets.learnt_by(child) == taught
    assert datasets.learnt_by(stranger) == datasets.learnt_by(champion) == set()
