"""`edmd play` as a service of the system: systemd units, and a launchd plist."""
