"""Who may read what the site writes: its owner alone."""

import os
import stat
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def close_new_files() -> None:
    """Closes to everybody else what this process, and those that it starts, create from now on."""
    os.umask(OTHERS)


def close_folder(folder: Path) -> None:
    """Closes the folder and all that is in it to everybody else: what other users own stays as it
    is, and so does what links point at."""
    _close(folder)
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            _close(Path(parent, name))


def _close(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:  # a database's or a broker's, gone meanwhile
        return
    is_ours = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)
    if is_ours and found.st_mode & OTHERS:
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
