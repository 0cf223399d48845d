"""``python -m memcurse``: the command line."""

from .proofs_checks.commands.main import main

if __name__ == "__main__":
    raise SystemExit(main())
