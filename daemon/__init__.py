"""The running program: composer, player, control."""
