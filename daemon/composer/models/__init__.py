"""Open bundles, and prime ensembles with music."""
