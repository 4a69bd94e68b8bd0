"""Signals of the recognizer; training connects to them."""

from django.dispatch import Signal

# A version that came with a newer release answers now; sent with `version` and `previous`, within
# the transaction.
upgraded = Signal()
