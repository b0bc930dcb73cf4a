"""The MIDI ports and the systems that they belong to."""
