"""Imports of labelled drawings: files are split into rows, checked, and stored in batches."""
