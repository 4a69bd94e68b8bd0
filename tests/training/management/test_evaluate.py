"""`manage.py evaluate`: one table a call, on the terminal and as JSON."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from tests import networks, small_mnist
from tests.people import SEVEN
from tests.stack import ROOT, SERVICES
from tests.training.helpers.labelled_files import images, images_file, line, strokes_file
from training.ml.evaluation.mnist_c import CORRUPTIONS
from training.ml.pictures.kinds import KINDS

pytestmark = [pytest.mark.django_db, pytest.mark.computes]


def evaluate(*words: object) -> str:
    said = StringIO()
    call_command("evaluate", *map(str, words), stdout=said)
    return said.getvalue()


def figures(tmp_path: Path, *words: object) -> dict:
    """The figures that it writes as JSON."""
    written = tmp_path / "figures.json"
    evaluate(*words, "--json", written)
    return json.loads(written.read_text())


@pytest.fixture
def drawn(tmp_path) -> Path:
    """Two 7s and a 1 by writers 1, 2 and 3."""
    rows = [line(label, writer=f"w_{pen}") for label, pen in ((7, 1), (7, 2), (1, 3))]
    return strokes_file(tmp_path / "drawn.jsonl.gz", *rows)


@pytest.fixture
def letters(tmp_path) -> Path:
    return strokes_file(tmp_path / "letters.jsonl", *(line(None, writer=pen) for pen in range(4)))


def test_strokes_are_read_by_the_champion(champion, drawn, tmp_path) -> None:
    found = figures(tmp_path, "strokes", drawn)
    assert found["what"] == "strokes"
    assert found["model"] == {
        "name": f"The champion, version {champion.pk}",
        "sha256": champion.onnx_id,
    }
    [(name, one)] = found["figures"].items()
    assert name == "drawn.jsonl.gz"
    assert (one["count"], one["wrong"], one["answered"]) == (3, 1, 1)
    assert one["recall"][7] == 1
    assert one["confusions"] == [{"label": 1, "answer": 7, "count": 1}]


def test_the_table_tells_what_the_json_does(champion, drawn) -> None:
    said = evaluate("strokes", drawn)
    assert f"The champion, version {champion.pk}, SHA-256 {champion.onnx_id[:12]}" in said
    assert "66.67" in said
    assert "1 as 7: 1" in said


@pytest.mark.parametrize(("writers", "count", "wrong"), [("odd", 2, 1), ("even", 1, 0)])
def test_some_writers_alone(champion, drawn, tmp_path, writers, count, wrong) -> None:
    found = figures(tmp_path, "strokes", drawn, "--writers", writers)["figures"]
    one = found[f"drawn.jsonl.gz, {writers} writers"]
    assert (one["count"], one["wrong"]) == (count, wrong)


def test_a_file_of_a_model_instead(champion, drawn, tmp_path) -> None:
    other = tmp_path / "one.onnx"
    other.write_bytes(networks.saying(1))
    found = figures(tmp_path, "strokes", drawn, "--model", other)
    assert found["model"]["name"] == "one.onnx"
    assert found["figures"]["drawn.jsonl.gz"]["wrong"] == 2


def test_without_a_champion_the_shipped_model(drawn) -> None:
    assert "The shipped model" in evaluate("strokes", drawn)


@pytest.mark.slow
def test_a_clean_checkout_needs_no_database(drawn, tmp_path) -> None:
    own = {name: value for name, value in os.environ.items() if name not in SERVICES}
    done = subprocess.run(
        [sys.executable, "manage.py", "evaluate", "strokes", str(drawn)],
        cwd=ROOT,
        env=own | {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The shipped model")
    # No bar where nobody looks.
    assert done.stderr == ""


def test_images(champion, tmp_path) -> None:
    file = images_file(tmp_path / "a.npz", images=images(4), labels=np.array([7, 7, 7, 3]))
    assert figures(tmp_path, "images", file)["figures"]["a.npz"]["accuracy"] == 0.75


def test_thresholds_are_the_sites(champion, drawn, tmp_path, settings) -> None:
    settings.LEAST_CONFIDENCE = 0.999
    found = figures(tmp_path, "strokes", drawn)
    assert found["thresholds"]["confidence"] == 0.999
    one = found["figures"]["drawn.jsonl.gz"]
    assert (one["answered"], one["right_refused"], one["wrong"]) == (0, 2, 1)


def test_others_against_digits_of_the_same_writers(champion, letters, drawn, tmp_path) -> None:
    words = ["others", letters, "--digits", drawn, "--writers", "odd"]
    found = figures(tmp_path, *words)["figures"]
    assert (found["digits"], found["others"]) == (2, 2)
    assert found["names"]["digits"] == "drawn.jsonl.gz, odd writers"
    assert found["telling"]["auroc"] == 0.5
    assert found["others_named"] == 1
    assert "AUROC 0.5000" in evaluate(*words)


def test_images_may_be_a_file_of_strokes(champion, drawn, tmp_path) -> None:
    assert drawn.name in evaluate("images", drawn)


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_an_error(drawn) -> None:
    nowhere = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    command = [sys.executable, "manage.py", "evaluate", "strokes", str(drawn)]
    done = subprocess.run(
        command, env=nowhere, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0
    assert "refused" in done.stderr
    assert "Traceback" not in done.stderr
    assert "shipped" not in done.stdout


def test_where_no_figures_can_be_written_nothing_is_measured(champion, drawn, tmp_path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        evaluate("strokes", drawn, "--json", tmp_path / "none" / "figures.json")


def test_others_among_images_are_all_taken_whoever_the_writers(champion, drawn, tmp_path) -> None:
    file = images_file(tmp_path / "a.npz", images=images(5))
    words = ["others", file, "--digits", drawn, "--writers", "even"]
    found = figures(tmp_path, *words)["figures"]
    assert (found["digits"], found["others"]) == (1, 5)
    assert found["names"] == {"digits": "drawn.jsonl.gz, even writers", "others": "a.npz"}


def test_mnist_test_and_validation(champion, folder, tmp_path) -> None:
    found = figures(tmp_path, "mnist", "--data", folder)["figures"]
    labels = small_mnist.load().test_labels
    assert found["MNIST test"]["count"] == len(labels)
    assert found["MNIST test"]["accuracy"] == pytest.approx((labels == 7).mean())
    # A tenth of the training images would be 5,000 of MNIST's; of few it holds them all.
    assert found["MNIST validation"]["count"] > 0


@pytest.mark.slow
def test_corruptions_and_their_mean(champion, folder, tmp_path) -> None:
    written = tmp_path / "figures.json"
    said = evaluate("corruptions", "--data", folder, "--json", written)
    found = json.loads(written.read_text())["figures"]
    assert list(found["each"]) == list(CORRUPTIONS)
    labels = small_mnist.load().test_labels
    straight = float((labels == 7).mean())
    assert found["mean"]["straight"]["accuracy"] == pytest.approx(straight)
    assert said.splitlines()[-1].split()[:2] == ["mean", f"{100 * straight:.2f}"]
    assert found["each"]["canny_edges"]["straight"]["count"] == len(labels)


def test_pictures_of_every_kind(champion, folder, tmp_path) -> None:
    written = tmp_path / "figures.json"
    said = evaluate("pictures", "--data", folder, "--count", 2, "--json", written)
    found = json.loads(written.read_text())["figures"]
    assert list(found) == list(KINDS)
    # The champion says 7 of everything, and of no ink nothing.
    assert found["squared, blank"]["wrong"] + found["squared, blank"]["right"] == 2
    for kind, one in found.items():
        assert one["right"] + one["wrong"] + one["refused"] == one["count"] == 2
        assert kind in said


@pytest.mark.slow
def test_speed_beside_other_networks(champion, tmp_path) -> None:
    found = figures(tmp_path, "speed")["figures"]
    plain, before = found["a plain CNN"], found["the network that shipped in floating point"]
    assert plain["weights"] == pytest.approx(288_000, rel=0.01)
    assert before["weights"] == pytest.approx(473_000, rel=0.01)
    assert plain["milliseconds"] < before["milliseconds"]
    assert 0 < found["starting"] < 1


def test_a_model_that_cannot_be_run_is_one_sentence(drawn, tmp_path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"<html>")
    with pytest.raises(CommandError, match="cannot be run"):
        evaluate("strokes", drawn, "--model", tmp_path / "a.onnx")


@pytest.mark.parametrize("what", ["--model", "--json"])
def test_a_place_that_is_not_there_is_one_sentence(champion, drawn, tmp_path, what) -> None:
    with pytest.raises(CommandError, match="No such file"):
        evaluate("strokes", drawn, what, tmp_path / "no" / "file")


def test_a_file_that_is_wrong_is_one_sentence(champion, tmp_path) -> None:
    file = strokes_file(tmp_path / "a.jsonl", line(3))
    with pytest.raises(CommandError, match=r"a\.jsonl, line 1: it names no writer"):
        evaluate("strokes", file, "--writers", "odd")


@pytest.mark.slow
def test_no_mnist_is_one_sentence(champion, tmp_path, nothing_reachable) -> None:
    with pytest.raises(CommandError, match="Connect to a network"):
        evaluate("mnist", "--data", tmp_path / "none")


@pytest.mark.parametrize("words", [[], ["letters"], ["others", "a.npz"], ["images"]])
def test_half_a_question_is_refused(words) -> None:
    with pytest.raises(CommandError):
        evaluate(*words)


def test_personal_reading_spares_repeated_mistakes(tmp_path) -> None:
    """One writer's 7s are mirrored, another's are not."""
    mirrored = [[[280 - x, y] for x, y in stroke] for stroke in SEVEN]
    rows = [line(7, writer="w_1", strokes=mirrored) for _ in range(4)]
    rows += [line(7, writer="w_2") for _ in range(4)]
    found = figures(tmp_path, "personal", strokes_file(tmp_path / "own.jsonl", *rows))["figures"]
    assert (found["drawings"], found["writers"]) == (8, 2)
    assert (found["errors_alone"], found["errors_personal"]) == (4, 1)
    assert (found["first_errors"], found["repeated_errors"], found["new_errors"]) == (1, 0, 0)
    assert (found["worst_writer_alone"], found["worst_writer_personal"]) == (0, 0.75)
    assert found["with_wrong_labels"]["errors_personal"] >= 1
