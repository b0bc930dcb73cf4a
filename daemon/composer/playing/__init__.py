"""Follow the player and keep its horizon filled."""
