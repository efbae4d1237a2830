"""The kernel under papermill, nbclient, nbconvert, nbmake and jupytext; run it with the Python that has them."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

CHART = (
    "({ $schema: 'https://vega.github.io/schema/vega-lite/v5.json', data: { values: [{ a: 1, b: 2 }] },"
    " mark: 'bar', encoding: { x: { field: 'a' }, y: { field: 'b' } } })"
)


def run(*arguments, folder):
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )


class ToolingTests(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def notebook(self, name, *sources, tags=()):
        cells = [new_code_cell(source) for source in sources]
        if tags:
            cells[0].metadata["tags"] = list(tags)
        metadata = {
            "kernelspec": {"name": "fovea", "display_name": "TypeScript", "language": "typescript"},
            "language_info": {"name": "typescript"},
        }
        notebook = new_notebook(cells=[new_markdown_cell("# Test"), *cells], metadata=metadata)
        path = self.folder / name
        nbformat.write(notebook, path)
        return path

    def test_papermill_sets_parameters(self):
        self.notebook("in.ipynb", "let epochs: number = 1; // how long", "epochs * 2 + label.length", tags=["parameters"])
        parameters = ["-p", "epochs", "20", "-p", "label", 'a"b', "-y", "more: {deep: [1, null, .nan, true]}"]
        done = run("papermill", "in.ipynb", "out.ipynb", *parameters, folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        out = nbformat.read(self.folder / "out.ipynb", 4)
        injected = next(cell for cell in out.cells if "injected-parameters" in cell.metadata.get("tags", []))
        self.assertIn("let epochs = 20;", injected.source)
        self.assertIn('let more = {"deep": [1, null, NaN, true]};', injected.source)
        self.assertEqual(out.cells[-1].outputs[0].data["text/plain"], "43")

    def test_papermill_fails_on_an_error(self):
        self.notebook("bad.ipynb", "throw new Error('boom')", "console.log('never')")
        done = run("papermill", "bad.ipynb", "out.ipynb", folder=self.folder)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("boom", done.stderr)

    def test_nbconvert_executes_and_draws(self):
        self.notebook("chart.ipynb", CHART, "console.log('printed')")
        done = run("nbconvert", "--to", "html", "--execute", "chart.ipynb", folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        html = (self.folder / "chart.html").read_text()
        self.assertIn("printed", html)
        self.assertIn("image/svg+xml", html)

    def test_nbconvert_goes_on_after_an_allowed_error(self):
        self.notebook("allowed.ipynb", "throw new Error('first')", "'second'")
        arguments = ["--to", "notebook", "--execute", "--allow-errors", "--output", "out.ipynb", "allowed.ipynb"]
        done = run("nbconvert", *arguments, folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        out = nbformat.read(self.folder / "out.ipynb", 4)
        self.assertEqual(out.cells[1].outputs[0].output_type, "error")
        self.assertEqual(out.cells[2].outputs[0].data["text/plain"], "'second'")

    def test_nbconvert_exports_a_script(self):
        self.notebook("script.ipynb", "const a: number = 1")
        self.assertEqual(run("nbconvert", "--to", "script", "script.ipynb", folder=self.folder).returncode, 0)

    def test_nbmake_tells_good_from_bad(self):
        self.notebook("good.ipynb", "const ok = 1", "ok + 1")
        self.notebook("bad.ipynb", "const ok: number = 'text'")
        good = run("pytest", "--nbmake", "good.ipynb", folder=self.folder)
        self.assertEqual(good.returncode, 0, good.stdout)
        bad = run("pytest", "--nbmake", "bad.ipynb", folder=self.folder)
        self.assertEqual(bad.returncode, 1, bad.stdout)
        self.assertIn("TypeScriptError", bad.stdout)

    def test_jupytext_round_trip(self):
        path = self.notebook("round.ipynb", "const a: number = 1", "a + 1")
        before = [cell.source for cell in nbformat.read(path, 4).cells]
        self.assertEqual(run("jupytext", "--to", "ts:percent", "round.ipynb", folder=self.folder).returncode, 0)
        path.unlink()
        done = run("jupytext", "--to", "ipynb", "--execute", "round.ts", folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        out = nbformat.read(path, 4)
        self.assertEqual([cell.source for cell in out.cells], before)
        self.assertEqual(out.cells[-1].outputs[0].data["text/plain"], "2")


if __name__ == "__main__":
    unittest.main(verbosity=2)
