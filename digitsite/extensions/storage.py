"""Static files under names that carry their content's digest."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedModules(CompressedManifestStaticFilesStorage):
    """Also rewrites the imports between JavaScript modules."""

    support_js_module_import_aggregation = True
