"""One file = one verb: what it takes stands in `arguments`, `run(args, wiring)` answers with an exit code."""
