"""The parts of `Lab/lab`: real Letta servers for tests and the demo."""
