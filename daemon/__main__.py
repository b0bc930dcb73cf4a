"""`python -m daemon` is `edmd`."""

from daemon.cli import main

if __name__ == "__main__":
    main()
