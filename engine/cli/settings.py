"""The settings of a run as options of its command."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from cyclopts import Parameter
from docstring_parser import parse_from_object


def options_of(
    kind: type, *, bases: tuple[type, ...] = (), further: Mapping[str, str] = {}, renamed: Mapping[str, str] = {},
    hidden: Collection[str] = (),
) -> dict[str, Any]:
    """The fields of a dataclass of settings as options, absent unless given, so that they can be told from a run's own.

    The help of each is the line under it, there or in one of `bases`, and what `further` adds; `renamed` are named
    otherwise than their fields, and `hidden` are no options.
    """
    documented = [entry for each in (kind, *bases) for entry in parse_from_object(each).params]
    lines = {entry.arg_name: entry.description for entry in reversed(documented)}
    lines |= {name: f"{lines[name]}\n\n{text}" for name, text in further.items()}
    types, defaults = get_type_hints(kind), kind()
    options = {}
    for name in dict.fromkeys(entry.arg_name for entry in documented):
        default = getattr(defaults, name)
        options[name] = Annotated[
            types[name],
            Parameter(
                name=renamed.get(name),
                help=lines[name] if default in (None, ()) else f"{lines[name]} [default: {default}]",
                negative=None if types[name] is bool else (),
                consume_multiple=True,
                parse=name not in hidden,
            ),
        ]
    return options


def absolute(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with paths that mean the same from everywhere, as they are saved with the run."""
    given = dict(settings)
    for name in ("corpus", "validation"):
        if name in given:
            given[name] = tuple(str(Path(path).resolve()) for path in given[name])
    for name in ("init", "parent"):
        if given.get(name, "default") != "default":
            given[name] = str(Path(given[name]).resolve())
    return given
