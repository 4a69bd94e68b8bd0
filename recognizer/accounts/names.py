"""Validation of usernames."""

import unicodedata

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

# Scripts whose letters look alike: with a Cyrillic letter among Latin ones there are two Annas.
ALIKE = {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC"}
# Letters that show nothing.
INVISIBLE = {"\N{HANGUL CHOSEONG FILLER}", "\N{HANGUL JUNGSEONG FILLER}"}


class NameValidator(UnicodeUsernameValidator):
    """Django's, without the sign @: nobody takes somebody else's address for a name, with which
    that person could not sign in by it any more."""

    regex = r"^[\w.+-]+\Z"
    message = "A username has letters, digits and the signs . + - _ alone."


def looks_like_no_other(name: str) -> None:
    """Raises ValidationError for a name that is another one in other signs: full-width letters and
    the like, letters that show nothing, or letters of several scripts that look alike."""
    scripts = {unicodedata.name(sign, "").partition(" ")[0] for sign in name}
    is_normal = unicodedata.normalize("NFKC", name) == name
    if not is_normal or INVISIBLE & set(name) or len(scripts & ALIKE) > 1:
        raise ValidationError("A username has plain letters, of one script.")


validators = [NameValidator(), looks_like_no_other]
