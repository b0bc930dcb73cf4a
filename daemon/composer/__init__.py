"""The composer process: models, control, telemetry and recording around a player that it keeps alive."""
