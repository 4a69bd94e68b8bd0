"""A template filter for the API's page."""

import re

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def with_code(text: str) -> SafeString:
    """A description as HTML: text between backticks is code, the rest is escaped."""
    pieces = re.split(r"`([^`]+)`", text)  # every second one is code
    forms = (format_html("<code>{}</code>" if i % 2 else "{}", one) for i, one in enumerate(pieces))
    return format_html_join("", "{}", ((form,) for form in forms))
