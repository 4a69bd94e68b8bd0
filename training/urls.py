"""The pages of those who teach the network, for staff, and the API beside them."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "training"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("training.api.urls")),
]
