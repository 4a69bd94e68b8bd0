"""All of it: `python -m benchmarks`."""

from benchmarks import history, live

live.main()
history.main()
