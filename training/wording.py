"""How pages and messages write durations."""


def seconds(value: float | None) -> str:
    """45 s, 2 min 05 s, 3 h 10 min; nothing for None."""
    if value is None:
        return ""
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
