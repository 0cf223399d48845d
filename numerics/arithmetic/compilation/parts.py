"""Functions that exist only inside the compiled functions that call them.

Numba optimises every function together with all that it calls, down to machine code, and does so again for each
caller: in a tree of calls the leaves are optimised once for every level above them. A `Part` is lowered and no more; it
is optimised, and becomes machine code, within the functions that Python calls.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class _WithoutEnvironments:
    """A code generator for functions that no process runs by themselves, which have no globals of their own."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        """Nothing: there is no machine code that could ask for it."""


class Part(JITCodeLibrary):
    """The code of a function, to be linked into its callers."""

    @property
    def codegen(self) -> Any:
        """The code generator."""
        return _WithoutEnvironments(self._codegen)

    def _optimize_final_module(self) -> None:
        """Left to the callers."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Null: there is no machine code."""
        self._ensure_finalized()
        return 0


class PartCompiler(Compiler):
    """Numba's compiler, for parts."""

    def _compile_core(self) -> Any:
        if self.state.library is None:
            self.state.library = Part(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super()._compile_core()


#: Options of numba's `njit` and of the functions that `overload` makes.
PART = {
    # Said aloud: it would be taken over from the caller.
    "_nrt": True,
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": PartCompiler,
}
