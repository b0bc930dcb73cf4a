"""Read MIDI files and scores from untrusted sources. Every limit is checked before the work that it bounds."""
