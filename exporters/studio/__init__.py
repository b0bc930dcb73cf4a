"""The produced sound: the instruments, the mix and the effects that the panel plays in a browser, in numpy."""
