"""Sentence case for headings and mail subjects that packages write in title case."""

import re

_CAPITAL = re.compile(r"(?<=[\s-])[A-Z](?=[a-z]+\b)")


def sentence_case(heading: str) -> str:
    """A heading in title case, as the site writes its own: “Two-factor authentication”. The first
    letter and words in capitals stay."""
    return _CAPITAL.sub(lambda found: found.group().lower(), heading.strip())
