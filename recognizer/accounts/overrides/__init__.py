"""The site's changes to allauth: its adapter, forms and views."""
