"""The URLs of the API for everybody."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.routers import SimpleRouter

from recognizer.api import deleted, docs, exemplars, explain, imports, selected, views

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("tokens", views.TokenViewSet, basename="token")
drawings = SimpleRouter()
drawings.register("exemplars", exemplars.ExemplarViewSet, basename="exemplar")
drawings.register("drawings/deleted", deleted.DeletedDrawingViewSet, basename="deleted-drawing")
drawings.register("imports", imports.ImportViewSet, basename="import")
drawings.register("drawings", views.DrawingViewSet, basename="drawing")

urlpatterns = [
    path("recognize/", views.RecognizeView.as_view(), name="recognize"),
    path("explain/", explain.ExplainView.as_view(), name="explain"),
    path("account/", views.AccountView.as_view(), name="account"),
    path("drawings/selected/", selected.SelectedView.as_view(), name="selected-drawings"),
    path("", include(router.urls)),
    path("", include(drawings.urls)),
    path("schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny]), name="schema"),
    path("docs/", docs.docs, name="docs"),
]
