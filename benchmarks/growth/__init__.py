"""Benchmark: is a site with a million drawings of ten thousand people as fast as a small one?"""
