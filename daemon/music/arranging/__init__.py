"""Plan a set bar by bar from statistics of real songs; each file decides one part of a bar's plan."""
