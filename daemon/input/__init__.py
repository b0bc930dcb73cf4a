"""The input role: it opens the MIDI input ports, stamps what arrives with its time, and passes it on."""
