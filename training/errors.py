"""Errors that end a training and that the user can correct."""


class TrainingError(Exception):
    """No bundle could be made; the message gives the cause and the remedy."""


class InterruptedTrainingError(Exception):
    """Training was stopped from outside; the checkpoints contain the last complete epoch."""
