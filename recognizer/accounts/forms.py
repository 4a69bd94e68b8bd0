"""Forms of allauth that ask for more."""

from allauth.account.forms import ChangePasswordForm
from django import forms

from recognizer.accounts import tokens


class PasswordForm(ChangePasswordForm):
    """allauth's, and whether the programs that have a token are shut out too."""

    revoke_tokens = forms.BooleanField(
        required=False,
        label="Revoke my API tokens too",
        help_text="Programs that use them stop working.",
    )

    def save(self) -> None:
        super().save()
        if self.cleaned_data["revoke_tokens"]:
            tokens.revoke_all(self.user)
