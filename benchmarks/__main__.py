"""Run all benchmarks of `make bench`: `python -m benchmarks`."""

from benchmarks import history, learning, live

live.main()
learning.main()
history.main()
