"""The composer process: deck, models, requests, telemetry and recording."""
