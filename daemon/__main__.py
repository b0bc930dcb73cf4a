"""Makes `python -m daemon` the same as `edmd`."""

from daemon.cli import main

if __name__ == "__main__":
    main()
