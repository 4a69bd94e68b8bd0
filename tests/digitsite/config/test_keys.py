"""The secret key is made once, for its owner alone, even when two processes start at once."""

import stat
import subprocess
import sys

from digitsite.config import keys

PRINT = """
import sys
from pathlib import Path
from digitsite.config import keys
print(keys.stored_in(Path(sys.argv[1])))
"""


def test_a_key_is_made_and_kept(tmp_path):
    path = tmp_path / "secret_key"
    key = keys.stored_in(path)
    assert len(key) >= 50
    assert keys.stored_in(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_file_holds_no_key(tmp_path):
    path = tmp_path / "secret_key"
    path.write_text("\n")
    assert len(keys.stored_in(path)) >= 50


def test_another_folder_has_another_key(tmp_path):
    assert keys.stored_in(tmp_path / "one") != keys.stored_in(tmp_path / "two")


def test_processes_that_start_at_once_agree(tmp_path):
    path = tmp_path / "secret_key"
    command = [sys.executable, "-c", PRINT, str(path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {process.communicate()[0].strip() for process in started}
    assert said == {path.read_text()}
