"""The URLs of the API for staff: runs and reviews."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from training.api import review, views

router = SimpleRouter()
router.register("runs", views.RunViewSet, basename="api-run")

urlpatterns = [
    *router.urls,
    path("review/next/", review.NextView.as_view(), name="api-review-next"),
    path("review/claims/", review.ClaimsView.as_view(), name="api-review-claims"),
    path("review/release/", review.ReleaseView.as_view(), name="api-review-release"),
    path("review/many/", review.ManyView.as_view(), name="api-review-many"),
    path("review/<int:pk>/label/", review.LabelView.as_view(), name="api-review-label"),
    path("review/<int:pk>/skip/", review.SkipView.as_view(), name="api-review-skip"),
]
