"""The soldwire command's subcommands: each module here registers its own through `register(app)`."""
