"""What is written and published of the music: savepoints, recordings, telemetry."""
