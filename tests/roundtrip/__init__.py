"""Music written as MIDI and as a score, read back by other programs' readers: `python -m tests.roundtrip`."""
