"""Pages by cursor: the millionth drawing is as near as the first."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Newest first; a page is found by index, never by counting."""

    ordering = "-created_at"
    page_size = 24
    page_size_query_param = "page_size"
    max_page_size = 100
