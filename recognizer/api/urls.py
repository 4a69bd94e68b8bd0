"""The URLs of the API for everybody."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from recognizer.api import docs
from recognizer.api.views import (
    account,
    deleted,
    drawings,
    exemplars,
    explain,
    imports,
    recognize,
    selected,
)

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("tokens", account.TokenViewSet, basename="token")
router_by_id = SimpleRouter()
router_by_id.register("exemplars", exemplars.ExemplarViewSet, basename="exemplar")
router_by_id.register("drawings/deleted", deleted.DeletedDrawingViewSet, basename="deleted-drawing")
router_by_id.register("imports", imports.ImportViewSet, basename="import")
router_by_id.register("drawings", drawings.DrawingViewSet, basename="drawing")

urlpatterns = [
    path("recognize/", recognize.RecognizeView.as_view(), name="recognize"),
    path("explain/", explain.ExplainView.as_view(), name="explain"),
    path("account/", account.AccountView.as_view(), name="account"),
    path("drawings/selected/", selected.SelectedView.as_view(), name="selected-drawings"),
    path("", include(router.urls)),
    path("", include(router_by_id.urls)),
    path("schema/", docs.SchemaView.as_view(), name="schema"),
    path("docs/", docs.docs, name="docs"),
]
