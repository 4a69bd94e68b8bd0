"""Who may read what the site writes: its owner alone."""

import os
import stat
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def close_new_files() -> None:
    """Makes all files that this process and its children create accessible only to their owner."""
    os.umask(OTHERS)


def close_folder(folder: Path) -> None:
    """Makes the folder and everything in it accessible only to its owner. Files of other users stay
    as they are, and so do the targets of links."""
    _close(folder)
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            _close(Path(parent, name))


def _close(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:  # a temporary file of the database or broker that has gone
        return
    is_ours = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)
    if is_ours and found.st_mode & OTHERS:
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
