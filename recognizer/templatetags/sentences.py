"""A template filter for the words of packages (recognizer/accounts/sentences.py)."""

from django import template

from recognizer.accounts.sentences import sentence_case

register = template.Library()
register.filter(sentence_case)
