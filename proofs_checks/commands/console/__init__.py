"""What commands share: options, files, tables, progress, and errors of usage."""
