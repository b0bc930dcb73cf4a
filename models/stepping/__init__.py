"""Run networks step by step: rows with a state each, on the host or on a device."""
