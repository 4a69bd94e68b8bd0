"""Validation of usernames."""

import unicodedata

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

# Scripts with letters that look alike: with a Cyrillic letter among Latin ones a second Anna could
# sign up.
ALIKE = {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC"}
# Letters that are invisible.
INVISIBLE = {"\N{HANGUL CHOSEONG FILLER}", "\N{HANGUL JUNGSEONG FILLER}"}


class NameValidator(UnicodeUsernameValidator):
    """Django's validator, without the sign @: a username must not be somebody else's address, since
    the owner of the address could then no longer sign in with it."""

    regex = r"^[\w.+-]+\Z"
    message = "A username may contain only letters, digits and the signs . + - _."


def refuse_confusable(name: str) -> None:
    """Raises ValidationError for names that look like another: with full-width and similar letters,
    invisible letters, or letters of several scripts that look alike."""
    scripts = {unicodedata.name(sign, "").partition(" ")[0] for sign in name}
    is_normal = unicodedata.normalize("NFKC", name) == name
    if not is_normal or INVISIBLE & set(name) or len(scripts & ALIKE) > 1:
        raise ValidationError("A username must be in plain letters of one script.")


validators = [NameValidator(), refuse_confusable]
