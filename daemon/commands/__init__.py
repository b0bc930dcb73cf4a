"""One module for each command of `edmd`; imported when the command is called."""
