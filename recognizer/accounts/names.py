"""Validation of user names."""

from django.contrib.auth.validators import UnicodeUsernameValidator


class NameValidator(UnicodeUsernameValidator):
    """Django's, without the sign @: nobody takes somebody else's address for a name, with which
    that person could not sign in by it any more."""

    regex = r"^[\w.+-]+\Z"
    message = "A user name has letters, digits and the signs . + - _ alone."


validators = [NameValidator()]
