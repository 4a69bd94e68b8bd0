"""Ink that is sent: strokes, or an image."""

from rest_framework import serializers

from recognizer.ink import strokes as ink_strokes


class StrokesSerializer(serializers.Serializer):
    """Ink: at most 200 strokes and 5,000 points; a point is [x, y], [x, y, t] or
    [x, y, t, pressure], and lies on the canvas or not far beside it."""

    strokes = serializers.ListField(
        child=serializers.ListField(
            child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=4),
            min_length=1,
            max_length=ink_strokes.MAX_POINTS,
        ),
        min_length=1,
        max_length=ink_strokes.MAX_STROKES,
    )
    width = serializers.FloatField(
        min_value=ink_strokes.MIN_CANVAS, max_value=ink_strokes.MAX_CANVAS
    )
    height = serializers.FloatField(
        min_value=ink_strokes.MIN_CANVAS, max_value=ink_strokes.MAX_CANVAS
    )


class ImageSerializer(serializers.Serializer):
    image = serializers.ImageField()
