"""What the generated music is worth, measured in one command: `python -m tests.music`."""
