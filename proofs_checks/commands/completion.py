"""``memcurse completion SHELL``: a script with which a shell completes commands, options, and ids of statements."""

from __future__ import annotations

import argparse
import importlib
from typing import Final

from memcurse.proofs_checks.catalogue.cards import cards

from .main import COMMANDS

#: How each shell is told to use the script.
_USE: Final = {
    "bash": 'eval "$(memcurse completion bash)"',
    "zsh": 'eval "$(memcurse completion zsh)"',
    "fish": "memcurse completion fish | source",
}
_BASH: Final = """_memcurse() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" words
  if [ "$COMP_CWORD" -eq 1 ]; then words="{commands}"; else
    case "${{COMP_WORDS[1]}}" in
{cases}
    esac
  fi
  COMPREPLY=( $(compgen -W "$words" -- "$word") )
}}
complete -o default -F _memcurse memcurse
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    uses = "; ".join(f"{shell}: {use}" for shell, use in _USE.items())
    parser.description = f"Print a script that completes commands, options and ids of statements. {uses}"
    parser.add_argument("shell", metavar="SHELL", choices=list(_USE), help=", ".join(_USE))


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    print(script(arguments.shell), end="")
    return 0


def script(shell: str) -> str:
    """The script for a shell: all that can be typed, by commands."""
    typed = {command: words(command) for command in COMMANDS}
    if shell == "fish":
        lines = [
            f"complete -c memcurse -n __fish_use_subcommand -f -a {name} -d '{summary}'"
            for name, (_, summary) in COMMANDS.items()
        ]
        for name, found in typed.items():
            lines.append(
                f"complete -c memcurse -n '__fish_seen_subcommand_from {name}' -a '{' '.join(found)}'"
            )
        return "\n".join(lines) + "\n"
    cases = "\n".join(f'      {name}) words="{" ".join(found)}" ;;' for name, found in typed.items())
    head = "autoload -U +X bashcompinit && bashcompinit\n" if shell == "zsh" else ""
    return head + _BASH.format(commands=" ".join(COMMANDS), cases=cases)


def words(command: str) -> list[str]:
    """What can follow a command: its options, and what stands for statements."""
    parser = argparse.ArgumentParser()
    importlib.import_module(f".{COMMANDS[command][0]}", __package__).configure(parser)
    found = sorted(option for option in parser._option_string_actions if option.startswith("--"))
    if any(action.metavar == "ID" for action in parser._actions):
        every = cards()
        found += [
            *every,
            *sorted({name for card in every.values() for name in (card.paper, *card.parts) if name}),
        ]
    for action in parser._actions:
        found += [str(choice) for choice in action.choices or ()]
    return found
