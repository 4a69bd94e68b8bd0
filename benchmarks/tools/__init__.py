"""What the benchmarks share: drawings to send, servers to measure, load and memory."""
