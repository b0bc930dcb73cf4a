"""Files of strangers as music: one reader of MIDI, one of scores, bounded before anything is unfolded."""
