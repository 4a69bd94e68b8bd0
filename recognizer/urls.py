"""The addresses of the pages for everybody, and of the API."""

from django.urls import include, path

from recognizer import views

urlpatterns = [
    # The most frequent one comes first.
    path("api/", include("recognizer.api.urls")),
    path("", views.draw, name="draw"),
    path("history/", views.history, name="history"),
    path("history/export/", views.export_history, name="export"),
    path("history/delete/", views.delete_history, name="delete-history"),
    path("history/deleted/", views.deleted, name="deleted"),
    path("history/deleted/restore/", views.restore, name="restore-all"),
    path("history/deleted/erase/", views.erase, name="erase-all"),
    path("history/deleted/<int:pk>/restore/", views.restore, name="restore"),
    path("history/deleted/<int:pk>/erase/", views.erase, name="erase"),
    path("history/deleted/<int:pk>/thumbnail/", views.deleted_thumbnail, name="deleted-thumbnail"),
    path("drawings/<int:pk>/", views.drawing, name="drawing"),
    path("drawings/<int:pk>/delete/", views.delete_drawing, name="delete-drawing"),
    path("drawings/<int:pk>/thumbnail/", views.thumbnail, name="thumbnail"),
    path("drawings/<int:pk>/original/", views.original, name="original"),
    path("drawings/<int:pk>/pixels/", views.pixels, name="pixels"),
    path("account/", views.account, name="account"),
    path("account/shapes/", views.shapes, name="shapes"),
    path("account/shapes/<int:pk>/remove/", views.remove_shape, name="remove-shape"),
    path("account/tokens/", views.make_token, name="make-token"),
    path("account/tokens/<uuid:public_id>/revoke/", views.revoke_token, name="revoke-token"),
    path("account/leave/", views.leave, name="leave"),
]
