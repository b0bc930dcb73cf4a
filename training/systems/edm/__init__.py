"""Train the system `edm`: a melody and a percussion LSTM that make one step a tick."""
