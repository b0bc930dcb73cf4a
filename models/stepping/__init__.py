"""Run networks step by step, for rows that each have a state, in host memory or on a device."""
