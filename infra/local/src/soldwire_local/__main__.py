"""`python -m soldwire_local` is the `soldwire` command."""

from soldwire_local.cli import main

if __name__ == "__main__":
    main()
