"""The memory that a server's processes use, as proportional set size (PSS)."""

from pathlib import Path

PROC = Path("/proc")


def megabytes(root: int) -> dict[str, float]:
    """PSS by name, in MB, of the supervisor and its descendants; empty where there is no /proc."""
    megabytes: dict[str, float] = {}
    for pid in _family(root):
        name = "supervisor" if pid == root else _name(pid)
        megabytes[name] = round(megabytes.get(name, 0) + _pss(pid), 1)
    return megabytes


def _family(root: int) -> list[int]:
    parents = {int(path.name): _parent(path) for path in PROC.glob("[0-9]*")}
    family = [root] if root in parents else []
    for pid in family:  # the tree may grow meanwhile
        family += [child for child, parent in parents.items() if parent == pid]
    return family


def _parent(path: Path) -> int:
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended
        return 0


def _name(pid: int) -> str:
    try:
        return (PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return "ended"


def _pss(pid: int) -> float:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
