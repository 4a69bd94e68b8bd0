"""Tests registering and promoting model versions."""

import hashlib
import json

import pytest
from django.db import IntegrityError

from recognizer import registry
from recognizer.answers import serving
from recognizer.inference.classifier import ArtifactCorrupt
from recognizer.ink import rasterize
from recognizer.models import Artifact, ModelVersion
from tests import networks
from tests.people import register

pytestmark = pytest.mark.django_db


def test_the_first_version_becomes_champion():
    assert register(7, origin="trained").alias == "champion"


def test_the_same_file_twice_is_one_version():
    assert register(7) == register(7)
    assert ModelVersion.objects.count() == 1


def test_a_newer_shipped_version_replaces_a_shipped_champion():
    register(7)
    newer = register(8)
    assert ModelVersion.objects.champion() == newer


def test_a_newer_shipped_version_only_challenges_a_champion_trained_here():
    own = register(7, origin="trained")
    shipped = register(8)
    assert ModelVersion.objects.champion() == own
    assert shipped.alias == "challenger"


def test_a_version_trained_here_replaces_nothing_by_itself():
    shipped = register(7)
    own = register(8, origin="trained")
    assert ModelVersion.objects.champion() == shipped
    assert own.alias == "challenger"


def test_there_is_one_challenger_the_latest():
    register(7)
    register(8, origin="trained")
    latest = register(9, origin="trained")
    assert list(ModelVersion.objects.filter(alias="challenger")) == [latest]


def test_a_promotion_leaves_one_champion():
    register(7)
    other = register(8, origin="trained")
    registry.promote(other)
    assert list(ModelVersion.objects.filter(alias="champion")) == [other]


def test_the_database_refuses_a_second_champion():
    register(7)
    other = register(8, origin="trained")
    with pytest.raises(IntegrityError):
        ModelVersion.objects.filter(pk=other.pk).update(alias="champion")


def test_a_file_that_is_no_model_is_not_registered():
    with pytest.raises(ArtifactCorrupt):
        registry.register(onnx=b"x", safetensors=b"", manifest=networks.MANIFEST, origin="trained")
    assert not ModelVersion.objects.exists()


def test_a_version_of_the_ink_that_is_unknown_is_not_registered():
    manifest = networks.MANIFEST | {"ink_version": 99}
    with pytest.raises(rasterize.UnknownInkVersion):
        registry.register(
            onnx=networks.saying(1), safetensors=b"", manifest=manifest, origin="trained"
        )


def shipped(folder, *, onnx_sha256: str | None = None):
    onnx = networks.saying(3)
    (folder / "model.onnx").write_bytes(onnx)
    (folder / "model.safetensors").write_bytes(b"weights")
    digests = {
        "onnx_sha256": onnx_sha256 or hashlib.sha256(onnx).hexdigest(),
        "safetensors_sha256": hashlib.sha256(b"weights").hexdigest(),
    }
    (folder / "model.json").write_text(json.dumps(networks.MANIFEST | digests))
    return folder


def test_loads_what_ships(tmp_path):
    version = registry.register_shipped(shipped(tmp_path))
    assert (version.origin, version.alias) == ("shipped", "champion")


def test_refuses_shipped_files_that_their_manifest_does_not_name(tmp_path):
    with pytest.raises(registry.ShippedFilesDamaged, match=r"model\.onnx"):
        registry.register_shipped(shipped(tmp_path, onnx_sha256="0" * 64))
    assert not ModelVersion.objects.exists()


def test_what_this_repository_ships_is_whole_and_reads():
    assert registry.register_shipped().alias == "champion"


def test_a_damaged_copy_of_the_champion_is_mended_at_the_next_start():
    champion = registry.register_shipped()
    Artifact.objects.filter(pk=champion.onnx_id).update(content=b"damaged")
    registry.register_shipped()
    assert serving.load(champion).model_version == champion.pk
