"""Functions that exist only inside the compiled functions that call them.

Numba optimises every function together with all that it calls, down to machine code, and does so again for each
caller: in a tree of calls the leaves are linked and optimised once for every level above them. A `Part` is lowered and
no more; an `Entry`, which Python calls, takes in every part below it once, and is optimised as a whole.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Self

from llvmlite.binding import Linkage
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, Flags
from numba.core.compiler_machinery import PassManager
from numba.core.typed_passes import DumpParforDiagnostics, InlineOverloads, NopythonRewrites
from numba.core.untyped_passes import InlineInlinables, LiteralUnroll, WithLifting


class _WithoutEnvironments:
    """A code generator for functions that no process runs by themselves, which have no globals of their own."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        """Nothing: there is no machine code that could ask for it."""


class Part(JITCodeLibrary):
    """The code of a function, to be linked into the entries that call it; without that of the parts it calls."""

    _shared_module: Any

    @property
    def codegen(self) -> Any:
        """The code generator."""
        return _WithoutEnvironments(self._codegen)

    def _optimize_functions(self, ll_module: Any) -> None:
        """Left to the entries."""
        ll_module.data_layout = self._codegen._data_layout

    def finalize(self) -> None:
        """End it as it is, such that several libraries may hold it."""
        self._raise_if_finalized()
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.external:
                function.linkage = Linkage.linkonce_odr
        for library in self._linking_libraries:
            self._reload_init.update(library._reload_init)
        self._finalized = True

    @property
    def module(self) -> Any:
        """The code, of this function alone."""
        return self._final_module

    def _get_module_for_linking(self) -> Any:
        """For libraries that know nothing of parts: the code with all that it calls."""
        if self._shared_module is None:
            whole = self._final_module.clone()
            for library in below(self._linking_libraries):
                whole.link_in(code_of(library), preserve=True)
            self._shared_module = whole
        return self._shared_module

    def get_pointer_to_function(self, name: str) -> int:
        """Null: there is no machine code."""
        self._ensure_finalized()
        return 0


class Entry(JITCodeLibrary):
    """The code of a function that Python calls, with all parts below it."""

    _linking_libraries: Any

    def finalize(self) -> None:
        """Link every part below once, optimise, and make machine code.

        Parts become functions of this module alone: one with a single caller is taken into it, which makes flows of
        two units a tenth faster than copies that others might share. They are private, not internal, as LLVM leaves
        away arguments that such a function does not need, and a library loaded later would find it by its name.
        """
        whole = list(below(self._linking_libraries))
        self._linking_libraries = [library for library in whole if not isinstance(library, Part)]
        for library in whole:
            if isinstance(library, Part):
                self._reload_init.update(library._reload_init)
                self._final_module.link_in(library.module, preserve=True)
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.linkonce_odr:
                function.linkage = Linkage.private
        super().finalize()


def below(libraries: list[Any]) -> Iterator[Any]:
    """Libraries and those that their parts take in, each once."""
    waiting, seen = list(libraries), set()
    while waiting:
        library = waiting.pop()
        if library in seen:
            continue
        seen.add(library)
        yield library
        if isinstance(library, Part):
            waiting += library._linking_libraries


def code_of(library: Any) -> Any:
    """What is linked for a library of `below`."""
    return library.module if isinstance(library, Part) else library._get_module_for_linking()


class Settled(Flags):
    """Flags that do not change any more: equal ones are one object, and its hash is computed once.

    They are part of the key under which numba looks up every operator and function that it types.
    """

    _values: Any

    def __init__(self, flags: Flags) -> None:
        super().__init__(flags)
        self._values = MappingProxyType(self._values)
        self._hash = super().__hash__()

    def __hash__(self) -> int:
        return self._hash

    def copy(self) -> Self:
        """Itself: nobody may change it."""
        return self

    @classmethod
    def of(cls, flags: Flags) -> Settled:
        """The one object for these flags."""
        return _settled.setdefault(flags, _settled.get(flags) or cls(flags))


_settled: dict[Flags, Settled] = {}


class _LeanCompiler(Compiler):
    """Numba's compiler without the steps that the code of this package has no use for."""

    def _compile_core(self) -> Any:
        self.state.flags = Settled.of(self.state.flags)
        return super()._compile_core()

    def define_pipelines(self) -> list[PassManager]:
        """The usual one, less `_UNUSED`."""
        (usual,) = super().define_pipelines()
        lean = PassManager(usual.pipeline_name)
        lean.passes = [step for step in usual.passes if step[0] not in _UNUSED]
        lean.finalize()
        return [lean]


#: Steps for ``with`` blocks, functions that are inlined by option, unrolled literals, whole-array expressions as one
#: loop, parallel loops.
_UNUSED = frozenset(
    (WithLifting, InlineInlinables, LiteralUnroll, InlineOverloads, NopythonRewrites, DumpParforDiagnostics)
)


class PartCompiler(_LeanCompiler):
    """Numba's compiler, for parts."""

    def _compile_core(self) -> Any:
        if self.state.library is None:
            self.state.library = Part(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super()._compile_core()


class EntryCompiler(_LeanCompiler):
    """Numba's compiler, for entries."""

    def _compile_core(self) -> Any:
        if self.state.library is None:
            self.state.library = Entry(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
            self.state.library.enable_object_caching()
        with _without_collector():
            return super()._compile_core()


@contextmanager
def _without_collector() -> Iterator[None]:
    """No search for cycles: nearly all of a million new objects are kept, and it takes a tenth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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
#: The same of functions that Python calls.
ENTRY = {"_nrt": True, "nogil": True, "error_model": "numpy", "pipeline_class": EntryCompiler}
