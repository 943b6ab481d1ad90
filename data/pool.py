"""Work on many processes.

The standard pools leave orphans when their parent is killed, or wait for ever when a worker is. Here a worker
ends when the pipe to its parent closes, and the parent learns of a worker's end in the same way.
"""

import signal
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar, cast

from honte.features.errors import HonteError

Task = TypeVar("Task")
Result = TypeVar("Result")


class WorkerError(HonteError):
    """A worker process that ended before its work."""


def parallel(
    function: Callable[[Task], Result], tasks: Iterable[tuple[str, Task]], *, workers: int
) -> Iterator[tuple[str, Result]]:
    """Name and result of each named task as it gets ready, from that many processes; with one, from this one.

    A single task is done in this process too: starting another would take longer than most, and cannot be done from
    a script without `if __name__ == "__main__"`. Function, tasks and results must pickle. The next task is taken while
    the workers are busy. Raises what the function raises, and WorkerError when a worker is killed.
    """
    tasks = iter(tasks)
    first = list(islice(tasks, 2))
    tasks = chain(first, tasks)
    if workers == 1 or len(first) < 2:
        for name, task in tasks:
            yield name, function(task)
        return
    processes: dict[Connection, BaseProcess] = {}
    busy: dict[Connection, str] = {}

    def finished() -> Iterator[tuple[str, Result]]:
        for ready in wait(list(busy)):
            connection = cast(Connection, ready)
            yield busy.pop(connection), receive(connection, processes[connection])

    try:
        for name, task in tasks:
            if len(busy) == workers:
                yield from finished()
            free = next((connection for connection in processes if connection not in busy), None)
            if free is None:
                free, process = start(function)
                processes[free] = process
            free.send(task)
            busy[free] = name
        while busy:
            yield from finished()
    finally:
        for connection, process in processes.items():
            connection.close()
            process.terminate()
            process.join()


def start(function: Callable[[Any], Any]) -> tuple[Connection, BaseProcess]:
    """A new worker and the pipe to it."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, function), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def serve(connection: Connection, function: Callable[[Any], Any]) -> None:
    """A worker's life: a task in, its result or exception out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends its workers
    try:
        while True:
            task = connection.recv()
            try:
                result, error = function(task), None
            except Exception as raised:
                result, error = None, raised
            connection.send((result, error))
    except (EOFError, OSError):
        return


def receive(connection: Connection, process: BaseProcess) -> Any:
    """The worker's result. Raises its exception, or WorkerError when it has ended."""
    try:
        result, error = connection.recv()
    except (EOFError, OSError):
        process.join()
        code = process.exitcode
        raise WorkerError(f"a worker process ended with code {code}: give the same command again") from None
    if error is not None:
        raise error
    return result
