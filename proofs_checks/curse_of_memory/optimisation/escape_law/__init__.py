"""The escape law, widened: more units, other starts, several short terms, other templates, both signs."""
