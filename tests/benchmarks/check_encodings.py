"""Real files in the encodings of their languages, without saying so, as Honte and as other detectors read them.

`python -m tests.benchmarks.check_encodings [files of each archive]`. Files of the archives whose text beyond ASCII is
known, as it is sound UTF-8, are written anew in each of the encodings that people of their script use, their CA taken
out. Prints for each encoding how many are read as they were, to the last character, and in how many the moves are, by
Honte; and how many are by `charset-normalizer` and `chardet` where these are installed, as they need not be. Those are
given the whole file and, as they are made for text, also the names alone; where either is right it counts. The archives
are those of HONTE_DATASETS, from which files are taken by turns; every 1,000 the table so far is on stderr.
"""

import importlib
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from honte.data.encoding import to_utf8
from honte.data.grammar import SgfError
from honte.data.sgf import parse
from honte.data.sources import SgfFile, iter_sgf

Item = TypeVar("Item")
SCRIPTS = {
    r"[\u3131-\u318e\uac00-\ud7a3]": ("cp949",),
    r"[\u3041-\u30fa]": ("cp932", "euc_jp"),
    r"[\u4e00-\u9fff]": ("gbk", "big5"),
    r"[\u0401-\u045f]": ("cp1251", "koi8-r", "cp866"),
    r"[\u00c0-\u017f]": ("cp1252", "mac-roman", "cp850", "cp1250", "iso8859-2"),
}
"""Letters of Korean, Japanese, Chinese, Russian and of the rest of Europe, and the encodings of those who write them; a
text is in the first that it has a letter of."""
NO_NAMES = re.compile(r"[\u2500-\u259f]")
"""What stands in names that went through two encodings."""
CA = re.compile(rb"CA\[[^\]]*\]")


def main(count: int = 3_000) -> int:
    """Print the table."""
    folder = Path(os.environ.get("HONTE_DATASETS", Path(__file__).resolve().parents[3] / "shared" / "datasets"))
    detectors = dict(_detectors())
    right: dict[str, Counter[str]] = {name: Counter() for name in ("files", "Honte", "Honte's moves", *detectors)}
    files = 0
    for text in by_turns(islice(known_texts(archive), count) for archive in sorted(folder.iterdir())):
        files += 1
        moves = _moves(text.encode())
        for encoding, raw in _rewritten(text):
            right["files"][encoding] += 1
            utf8, _ = to_utf8(raw)
            right["Honte"][encoding] += utf8 == text.encode()
            right["Honte's moves"][encoding] += _moves(raw) == moves
            for name, read in detectors.items():
                right[name][encoding] += read(raw, text)
        if files % 1_000 == 0:
            print(table(files, right), file=sys.stderr, flush=True)
    print(table(files, right))
    return 0


def table(files: int, right: dict[str, Counter[str]]) -> str:
    """The shares of each encoding that were right."""
    lines = [f"{files:,} files\n\n| encoding | " + " | ".join(right) + " |", "|---" + "|---:" * len(right) + "|"]
    for encoding, of in right["files"].items():
        shares = (f"{found[encoding] / of:.1%}" for found in list(right.values())[1:])
        lines.append(f"| {encoding} | {of:,} | " + " | ".join(shares) + " |")
    return "\n".join(lines)


def by_turns(sources: Iterable[Iterator[Item]]) -> Iterator[Item]:
    """One of each, then the next of each, until all are empty."""
    waiting = list(sources)
    while waiting:
        for source in [*waiting]:
            try:
                yield next(source)
            except StopIteration:
                waiting.remove(source)


def known_texts(archive: Path) -> Iterator[str]:
    """The files of an archive with text beyond ASCII that is known, without their CA."""
    for file in iter_sgf([archive]):
        if isinstance(file, SgfFile) and not file.data.isascii():
            text = CA.sub(b"", file.data).decode("utf-8", "replace")
            if not ("\N{REPLACEMENT CHARACTER}" in text or NO_NAMES.search(text)):
                yield text


def _rewritten(text: str) -> Iterator[tuple[str, bytes]]:
    """The text in UTF-8 and in each encoding of its script that has all its characters."""
    yield "utf-8", text.encode()
    script = next((script for script in SCRIPTS if re.search(script, text)), None)
    for encoding in SCRIPTS[script] if script else ():
        try:
            yield encoding, text.encode(encoding)
        except UnicodeEncodeError:
            continue


def _moves(data: bytes) -> list[int] | None:
    """The moves of the main line, None where they cannot be read."""
    try:
        return list(parse(data).moves.tolist())
    except SgfError:
        return None


def _detectors() -> Iterator[tuple[str, Callable[[bytes, str], bool]]]:
    """By name, whether a detector reads some bytes as a text; those that are installed."""
    for name in ("charset_normalizer", "chardet"):
        try:
            module: Any = importlib.import_module(name)
        except ModuleNotFoundError:
            continue

        yield name, partial(_reads, module)


def _reads(detector: Any, raw: bytes, text: str) -> bool:
    """Whether a detector finds an encoding in which some bytes are that text."""
    names = b" ".join(re.findall(rb"[^\[]*[\x80-\xff][^\]]*", raw))
    for part in (raw, names):
        try:
            if raw.decode(detector.detect(part)["encoding"] or "ascii") == text:
                return True
        except (UnicodeDecodeError, LookupError):
            continue
    return False


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
