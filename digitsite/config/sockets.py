"""Where the embedded broker listens, and how the libraries spell its address."""

import hashlib
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

# A unix socket's path may have 108 bytes on Linux and 104 on macOS, with the closing zero.
LONGEST_PATH = 100


def path_for(var: Path) -> Path:
    """The broker's socket in `var`, or in the temporary folder if that path would be too long."""
    path = var / "broker.sock"
    if len(str(path).encode()) <= LONGEST_PATH:
        return path
    name = hashlib.sha256(str(var).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"digitsite-{name}.sock"


def for_celery(url: str) -> str:
    """The address as kombu expects it: `unix://PATH?db=N` becomes
    `redis+socket://PATH?virtual_host=N`."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"
