"""From the messages of MIDI controllers to changes of parameters, and back: pure, without ports and clocks."""
