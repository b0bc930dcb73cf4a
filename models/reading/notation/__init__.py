"""A score as it is written, whatever text it comes from, and as it is played."""
