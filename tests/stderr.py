"""What a process says on stderr."""


def complaints(stderr: bytes | str) -> str:
    """All but the line by which a machine's first start says that it compiles."""
    text = stderr if isinstance(stderr, str) else stderr.decode()
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("honte: compiling "))
