"""A template filter for packages' headings (recognizer/accounts/overrides/sentences.py)."""

from django import template

from recognizer.accounts.overrides.sentences import sentence_case

register = template.Library()
register.filter(sentence_case)
