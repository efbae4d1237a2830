"""jupyter_kernel_test 0.7 over the installed kernelspec `fovea`, with every test enabled."""

import unittest

import jupyter_kernel_test
from jupyter_kernel_test import IopubWelcomeTests as _Welcome


class FoveaTests(jupyter_kernel_test.KernelTests):
    kernel_name = "fovea"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("oops")'
    completion_samples = [
        {"text": "Number.MAX_S", "matches": {"MAX_SAFE_INTEGER"}},
        {"text": "process.versio", "matches": {"version", "versions"}},
    ]
    complete_code_samples = ["1", "const x: number = 1", "function f() {\n  return 1\n}", "await null"]
    incomplete_code_samples = ["function f(x: number) {", "`abc", "const x = [", "/* open"]
    invalid_code_samples = ["import = 7q", "let 1x = 2", ") + 1"]
    code_page_something = "console?"
    code_generate_error = 'throw new Error("boom")'
    code_execute_result = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[1,2,3].map(n => n*n)", "result": "[ 1, 4, 9 ]"},
        {"code": "await Promise.resolve('a')", "result": "'a'"},
        {
            "code": '({ [Symbol.for("Jupyter.display")]: () => ({"text/html": "<b>x</b>"}) })',
            "result": "<b>x</b>",
            "mime": "text/html",
        },
    ]
    code_display_data = [
        {"code": 'display.html("<b>x</b>")', "mime": "text/html"},
        {"code": 'display({ a: 1 })', "mime": "text/plain"},
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "console"
    code_clear_output = "clearOutput()"

    def execute_helper(self, *arguments, **options):
        """A busy machine may take longer than the tenth of a second that the suite allows between two messages."""
        channel = self.kc.iopub_channel
        get = channel.get_msg
        channel.get_msg = lambda timeout=None: get(timeout=max(timeout or 0, 30))
        try:
            return super().execute_helper(*arguments, **options)
        finally:
            channel.get_msg = get

    def test_type_error(self):
        """A cell with wrong types fails as one that throws."""
        self.code_generate_error = 'const n: number = "s"'
        self.test_error()


class FoveaWelcomeTests(_Welcome):
    kernel_name = "fovea"
    support_iopub_welcome = True


del _Welcome

if __name__ == "__main__":
    unittest.main(verbosity=2)
