"""The URLs of the pages for everybody, and of the API."""

from django.urls import include, path

from recognizer.views import about, account, deleted, drawings, history, imports, shares

urlpatterns = [
    # The most frequent one comes first.
    path("api/", include("recognizer.api.urls")),
    path("", drawings.draw, name="draw"),
    path("first/", drawings.first_sheet, name="first-sheet"),
    path("history/", history.history, name="history"),
    path("history/export/", history.export_history, name="export"),
    path("history/delete/", history.delete_history, name="delete-history"),
    path("history/import/", imports.imports, name="imports"),
    path("history/import/<int:pk>/", imports.one_import, name="import"),
    path("history/import/<int:pk>/start/", imports.start, name="start-import"),
    path("history/import/<int:pk>/discard/", imports.discard, name="discard-import"),
    path("history/deleted/", deleted.deleted, name="deleted"),
    path("history/deleted/restore/", deleted.restore, name="restore-all"),
    path("history/deleted/erase/", deleted.erase, name="erase-all"),
    path("history/deleted/<int:pk>/restore/", deleted.restore, name="restore"),
    path("history/deleted/<int:pk>/erase/", deleted.erase, name="erase"),
    path("history/deleted/<int:pk>/thumbnail/", deleted.thumbnail, name="deleted-thumbnail"),
    path("drawings/<int:pk>/", drawings.drawing, name="drawing"),
    path("drawings/<int:pk>/delete/", drawings.delete_drawing, name="delete-drawing"),
    path("drawings/<int:pk>/share/", shares.share, name="share"),
    path("drawings/<int:pk>/unshare/", shares.unshare, name="unshare"),
    path("drawings/<int:pk>/card.png", shares.card, name="card"),
    path("shared/<str:token>/", shares.shared, name="shared"),
    path("shared/<str:token>/card.png", shares.shared_card, name="shared-card"),
    path("drawings/<int:pk>/thumbnail/", drawings.thumbnail, name="thumbnail"),
    path("drawings/<int:pk>/original/", drawings.original, name="original"),
    path("drawings/<int:pk>/pixels/", drawings.pixels, name="pixels"),
    *(path(f"{page}/", about.about, {"page": page}, name=page) for page in about.PAGES),
    path("account/", account.account, name="account"),
    path("account/shapes/", account.shapes, name="shapes"),
    path("account/shapes/<int:pk>/remove/", account.remove_shape, name="remove-shape"),
    path("account/tokens/", account.make_token, name="make-token"),
    path("account/tokens/<uuid:public_id>/revoke/", account.revoke_token, name="revoke-token"),
    path("account/leave/", account.leave, name="leave"),
]
