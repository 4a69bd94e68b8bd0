"""The Django admin of people, drawings, labels and model versions."""

from django.contrib import admin

from recognizer.admin import drawings, people  # noqa: F401 - they register what they show

admin.site.site_header = admin.site.site_title = "Numeral"
