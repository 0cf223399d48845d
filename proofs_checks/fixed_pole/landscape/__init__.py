"""Critical points with complex poles: inertia, index, trace, escape, traps."""
