"""The URLs of the training pages and their API, for staff; and of the pages on which owners see how
their drawings were used."""

from django.urls import URLPattern, URLResolver, include, path

from training.views import dashboard, pictures, review, runs, usage, versions

app_name = "training"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("training.api.urls")),
    path("review/", review.queue_page, name="review"),
    path("review/grid/", review.grid, name="review-grid"),
    path("runs/", runs.runs, name="runs"),
    path("runs/train/", runs.train, name="train"),
    path("runs/schedule/", runs.choose_schedule, name="choose-schedule"),
    path("runs/mail/", runs.choose_mail, name="choose-mail"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/cancel/", runs.cancel, name="cancel-run"),
    path("runs/<int:pk>/promote/", runs.promote, name="promote-run"),
    path("runs/<int:pk>/metrics.json", runs.metrics, name="run-metrics"),
    path("versions/", versions.versions, name="versions"),
    path("versions/<int:pk>/champion/", versions.make_champion, name="make-champion"),
    path("versions/<int:pk>/model.<str:kind>", versions.download, name="download"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("usage/", usage.usage_summary, name="usage-summary"),
    path("usage/taught/", usage.taught, name="taught"),
    path("usage/<int:pk>/", usage.drawing_usage, name="drawing-usage"),
    path("runs/drawings/<int:pk>/", pictures.thumbnail, name="thumbnail"),
]
