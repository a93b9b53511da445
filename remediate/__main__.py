"""`python -m remediate`."""

from remediate.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
