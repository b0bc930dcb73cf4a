"""What is played into the MIDI input while a deck plays: it is dated, and becomes operations on the deck."""
