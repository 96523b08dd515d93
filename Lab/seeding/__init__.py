"""What `Lab/seed.py` plants: rows, agent files and the story of Ada."""
