"""Executes a percent script as a notebook and writes the .ipynb beside it.

    python execute.py SCRIPT NOTEBOOK KERNEL

What cells print is passed on to standard output while they run. Exits with 1 and the traceback when a cell fails; the notebook is
then written too, with the failing cell's output, as NAME.failed.ipynb.
"""

import os
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError


class LiveClient(NotebookClient):
    """A client that shows stream output the moment it arrives."""

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] == "stream":
            stream = sys.stdout if msg["content"]["name"] == "stdout" else sys.stderr
            stream.write(msg["content"]["text"])
            stream.flush()
        return super().process_message(msg, cell, cell_index)


def main(script: Path, target: Path, kernel: str) -> int:
    notebook = jupytext.read(script)
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index + 1}"  # stable, so that a rerun changes outputs alone
    notebook.metadata["kernelspec"] = {"name": kernel, "display_name": "Fovea", "language": "typescript"}
    notebook.metadata["language_info"] = {"name": "typescript"}
    client = LiveClient(
        notebook,
        kernel_name=kernel,
        timeout=None,
        coalesce_streams=True,
        resources={"metadata": {"path": str(script.parent)}},
    )
    try:
        client.execute(cleanup_kc=True)
    except (CellExecutionError, DeadKernelError) as error:
        failed = target.with_suffix(".failed.ipynb")
        write(notebook, failed)
        print(f"{error}\n\nThe notebook failed; what it got to is in {failed}.", file=sys.stderr)
        return 1
    if any(output.output_type == "error" for cell in notebook.cells for output in cell.get("outputs", [])):
        print(f"{script}: a cell's output is an error although the kernel reported success.", file=sys.stderr)
        return 1
    write(notebook, target)
    return 0


def write(notebook, path: Path) -> None:
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times of day differ between equal runs
    sibling = path.with_name(path.name + ".tmp")
    nbformat.write(notebook, sibling)
    os.replace(sibling, path)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
