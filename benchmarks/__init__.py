"""Benchmarks of the site, run by `make bench`, and their last results."""
