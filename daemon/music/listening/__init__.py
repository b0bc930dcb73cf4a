"""What somebody plays in: as chords, as a call that is answered, and as accents that drums and bass follow."""
