"""Teaches papermill to write TypeScript: `papermill -p epochs 3 in.ipynb out.ipynb`.

papermill has no entry point for translators, but it imports every engine at start; importing this one registers the translator.
"""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

_SAFE_INTEGER = 2**53 - 1
_DECLARATION = re.compile(
    r"^\s*(?:export\s+)?(?:const|let|var)\s+(?P<name>[\w$]+)\s*(?::\s*(?P<type>[^=]+?))?\s*"
    r"=\s*(?P<value>.*?)\s*;?\s*(?://\s*(?P<help>.*))?$"
)


class TypeScriptTranslator(Translator):
    """Values as TypeScript literals, parameters as `let` so that a cell may still change them."""

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_bool(cls, val):
        return "true" if val else "false"

    @classmethod
    def translate_int(cls, val):
        return str(val) if abs(val) <= _SAFE_INTEGER else f"{val}n"

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(val)

    @classmethod
    def translate_str(cls, val):
        return json.dumps(val)

    @classmethod
    def translate_escaped_str(cls, str_val):
        return json.dumps(str_val)

    @classmethod
    def translate_dict(cls, val):
        return "{" + ", ".join(f"{json.dumps(str(k))}: {cls.translate(v)}" for k, v in val.items()) + "}"

    @classmethod
    def translate_list(cls, val):
        return "[" + ", ".join(cls.translate(v) for v in val) + "]"

    @classmethod
    def translate_tuple(cls, val):
        return cls.translate_list(val)

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        return f"let {name} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        """Parameters of a notebook, for `papermill --help-notebook`."""
        found = []
        for line in parameters_cell["source"].splitlines():
            match = _DECLARATION.match(line)
            if match:
                kind = (match["type"] or "None").strip()
                found.append(Parameter(match["name"], kind, match["value"], match["help"] or ""))
        return found


class TypeScriptEngine(NBClientEngine):
    """papermill's own engine; it exists so that papermill imports this module."""


papermill_translators.register("typescript", TypeScriptTranslator)
papermill_translators.register("fovea", TypeScriptTranslator)
