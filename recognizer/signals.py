"""Signals of the recognizer; training connects to them."""

from django.dispatch import Signal

# Sent when a version that came with a newer release becomes champion, with `version` and
# `previous`, within the transaction.
upgraded = Signal()
