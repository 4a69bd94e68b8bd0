"""Which addresses are the API's: errors are JSON there, and pages elsewhere."""


def is_api(path: str) -> bool:
    """Whether the path of a request is in the API."""
    return path.startswith("/api/")
