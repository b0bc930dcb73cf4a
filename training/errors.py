"""What ends a training that its user can mend."""


class TrainingError(Exception):
    """No bundle could be made; the text says why, and the mend."""


class InterruptedTrainingError(Exception):
    """Learning was stopped from outside; the checkpoints hold the last whole epoch."""
