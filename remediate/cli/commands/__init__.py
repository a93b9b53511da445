"""One file = one verb: `add(parsers)` states its arguments, `run(args, wiring)` answers with an exit code."""
