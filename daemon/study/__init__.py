"""A blind listening study: clips of several sources, a page that collects ratings, and a report."""
