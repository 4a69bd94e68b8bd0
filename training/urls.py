"""The pages of those who teach the network, for staff."""

from django.urls import URLPattern

app_name = "training"

urlpatterns: list[URLPattern] = []
