"""How a set unfolds: each question of a bar's plan in a file of its own, drawn from what real songs do."""
