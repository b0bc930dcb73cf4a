"""The OSC surface: messages over UDP ask for changes, and subscribers are told of every change."""
