"""Named arrays and numbers that travel through compiled code as one pointer.

A named tuple of forty arrays is three hundred numbers to the compiler, handed on at every call and each array counted
as a reference. A `Block` looks the same, ``work.Z``, ``controls.rtol``, in Python and in compiled code, but is the
address of a table: of each array its address and shape, of each number its bits.
"""

from __future__ import annotations

import functools
import hashlib
import math
import struct
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.datamodel.models import OpaqueModel
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    lower_setattr_generic,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

from memcurse.numerics.arithmetic.doubledouble import PAIR, DoubleDouble

#: Dtypes and shapes of the arrays of a block; of a number its type and None.
Layout = tuple[tuple[Any, tuple[int, ...] | None], ...]

_WORD = 8
_AS_FLOAT, _AS_WORD = struct.Struct("d"), struct.Struct("q")
_INT64, _FLOAT64 = ir.IntType(64), ir.DoubleType()
_NUMBERS: dict[type, Any] = {
    float: types.float64,
    int: types.int64,
    bool: types.boolean,
    DoubleDouble: PAIR,
}


class BlockType(types.Type):
    """The type of a `Block` for the compiler: its class's name, names and types of its fields."""

    def __init__(self, name: str, fields: tuple[tuple[str, Any], ...]) -> None:
        self.block, self.fields = name, fields
        self.places: dict[str, tuple[Any, int]] = {}
        place = 0
        for field, kind in fields:
            self.places[field] = kind, place
            place += 1 + kind.ndim if isinstance(kind, types.Array) else 2 if kind == PAIR else 1
        self.words = place
        super().__init__(f"{name}({', '.join(f'{field}: {kind}' for field, kind in fields)})")

    @property
    def mangling_args(self) -> tuple[str, tuple[Any, ...]]:
        """What stands for it in the names of compiled functions: short, and its own."""
        return f"{self.block}.{hashlib.sha256(self.name.encode()).hexdigest()[:16]}", ()

    def __reduce__(self) -> Any:
        return BlockType, (self.block, self.fields)


class Block:
    """Base of classes whose annotations are the fields: arrays, numbers (float, int, bool, double-double) and blocks.

    Made like a named tuple, or by `allocate`. Compiled code may change the entries of arrays and the numbers, not which
    arrays they are; a number that it changed is not seen from Python.

    Raises
    ------
    TypeError
        For fields that are missing or none of these, or an array that is not contiguous.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _layout: Any
    _buffer: np.ndarray[Any, Any]

    def __init_subclass__(cls) -> None:
        cls._fields = tuple(cls.__annotations__)

    def __init__(self, *values: Any, **named: Any) -> None:
        fields = dict(zip(self._fields, values, strict=False)) | named
        if len(values) + len(named) != len(self._fields) or len(fields) != len(self._fields):
            raise TypeError(
                f"`{type(self).__name__}` must have the fields {self._fields}; got {tuple(fields)}"
            )
        kinds = tuple(_kind(name, fields[name]) for name in self._fields)
        self.__dict__.update(fields)
        self._numba_type_ = _block_type(type(self).__name__, self._fields, kinds)
        words: list[int] = []
        for name in self._fields:
            words += _bits(fields[name])
        self._set_table(np.array(words, dtype=np.int64))

    def _set_table(self, table: np.ndarray[Any, Any]) -> None:
        self._table = table
        self.address = _address(table)

    @classmethod
    def allocate(cls, layout: Layout, **numbers: Any) -> Self:
        """A block of zeroed arrays of the dtypes and shapes given, which share one buffer, and of `numbers`.

        The layout of a number is its type and None.
        """
        kind, table, offsets, size = _layout(cls.__name__, cls._fields, layout)
        block = cls.__new__(cls)
        block._numba_type_, block._layout = kind, layout
        block._buffer = np.zeros(size, dtype=np.uint8)
        table = table.copy()
        table[offsets] += _address(block._buffer)
        block._set_table(table)
        if numbers:
            block.assign(**numbers)
        return block

    def assign(self, **numbers: Any) -> None:
        """Set numbers (float, int, bool); compiled code sees them."""
        places, words = self._numba_type_.places, self._table
        for name, x in numbers.items():
            kind, place = places[name]
            words[place] = _AS_WORD.unpack(_AS_FLOAT.pack(x))[0] if kind is types.float64 else x
        self.__dict__.update(numbers)

    def clear(self) -> None:
        """Set all arrays of an allocated block to 0."""
        self._buffer.fill(0)

    def __getattr__(self, name: str) -> Any:
        """An array of an allocated block: its view is made when it is asked for."""
        if name not in self._fields or "_buffer" not in self.__dict__:
            raise AttributeError(name)
        dtype, shape = self._layout[self._fields.index(name)]
        if shape is None:
            raise AttributeError(name)
        _, table, _, _ = _layout(type(self).__name__, self._fields, self._layout)
        offset = int(table[self._numba_type_.places[name][1]])
        view: Any = np.ndarray(shape, dtype, self._buffer, offset)
        self.__dict__[name] = view
        return view

    def replace(self, **changes: Any) -> Self:
        """Another block, with some fields changed."""
        return type(self)(**{name: getattr(self, name) for name in self._fields} | changes)

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, name) for name in self._fields)


@functools.lru_cache(maxsize=256)
def _block_type(name: str, fields: tuple[str, ...], kinds: tuple[Any, ...]) -> BlockType:
    return BlockType(name, tuple(zip(fields, (_numba_type(kind) for kind in kinds), strict=True)))


@functools.lru_cache(maxsize=256)
def _layout(name: str, fields: tuple[str, ...], layout: Any) -> tuple[BlockType, Any, Any, int]:
    """Type and table (addresses from 0) of a block of arrays, the places of the addresses, and the buffer's size."""
    kinds = [x if shape is None else (np.dtype(x), len(shape)) for x, shape in layout]
    kind = _block_type(name, fields, tuple(kinds))
    words: list[int] = []
    places, size = [], 0
    for dtype, shape in layout:
        if shape is None:
            words.append(0)
            continue
        places.append(len(words))
        words += [size, *shape]
        size += -(-np.dtype(dtype).itemsize * math.prod(shape) // (2 * _WORD)) * 2 * _WORD
    return kind, np.array(words, dtype=np.int64), np.array(places), size


def _kind(name: str, x: Any) -> Any:
    """What the type of a field depends on."""
    if isinstance(x, np.ndarray):
        if not x.flags.c_contiguous:
            raise TypeError(f"`{name}` must be a contiguous array; got strides {x.strides}")
        return x.dtype, x.ndim
    if isinstance(x, Block):
        return x._numba_type_
    if type(x) not in _NUMBERS:
        raise TypeError(f"`{name}` must be an array, a number or a block; got {x!r}")
    return type(x)


def _numba_type(kind: Any) -> Any:
    if isinstance(kind, tuple):
        return types.Array(from_dtype(kind[0]), kind[1], "C")
    return kind if isinstance(kind, BlockType) else _NUMBERS[kind]


def _address(x: np.ndarray[Any, Any]) -> int:
    return int(x.__array_interface__["data"][0])


def _bits(x: Any) -> list[int]:
    """A field as words of a table."""
    if isinstance(x, np.ndarray):
        return [_address(x), *x.shape]
    if isinstance(x, Block):
        return [x.address]
    if isinstance(x, float | DoubleDouble):
        return [int(word) for word in np.array(x, dtype=float).reshape(-1).view(np.int64)]
    return [int(x)]


@typeof_impl.register(Block)
def _typeof(x: Block, _: Any) -> BlockType:
    return x._numba_type_


@register_model(BlockType)
class _BlockModel(OpaqueModel):
    """A pointer."""


@unbox(BlockType)
def _unbox(kind: BlockType, x: Any, c: Any) -> NativeValue:
    address = c.pyapi.object_getattr_string(x, "address")
    pointer = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return NativeValue(pointer)


@infer_getattr
class _Fields(AttributeTemplate):
    key = BlockType

    def generic_resolve(self, kind: BlockType, name: str) -> Any:
        """Type of a field."""
        return kind.places[name][0] if name in kind.places else None


def _pointer(builder: Any, table: Any, place: int, to: Any) -> Any:
    at = builder.gep(builder.bitcast(table, _INT64.as_pointer()), [_INT64(place)], inbounds=True)
    return builder.bitcast(at, to.as_pointer())


def _constant_word(builder: Any, table: Any, place: int) -> Any:
    """A word that no compiled code changes: loaded once, wherever it is needed."""
    word = builder.load(_pointer(builder, table, place, _INT64))
    word.set_metadata("invariant.load", builder.module.add_metadata([]))
    return word


@lower_getattr_generic(BlockType)
def _field(context: Any, builder: Any, kind: BlockType, table: Any, name: str) -> Any:
    of, place = kind.places[name]
    if isinstance(of, types.Array):
        array = make_array(of)(context, builder)
        size = context.get_abi_sizeof(context.get_data_type(of.dtype))
        shape = [_constant_word(builder, table, place + 1 + i) for i in range(of.ndim)]
        strides = [_INT64(size)]
        for length in shape[:0:-1]:
            strides.insert(0, builder.mul(strides[0], length))
        data = builder.inttoptr(_constant_word(builder, table, place), array.data.type)
        populate_array(array, data, shape, strides, size, None)
        return array._getvalue()
    if isinstance(of, BlockType):
        return builder.inttoptr(_constant_word(builder, table, place), context.get_value_type(of))
    if of == PAIR:
        parts = [builder.load(_pointer(builder, table, place + i, _FLOAT64)) for i in range(2)]
        return context.make_tuple(builder, PAIR, parts)
    if of == types.float64:
        return builder.load(_pointer(builder, table, place, _FLOAT64))
    word = builder.load(_pointer(builder, table, place, _INT64))
    return builder.icmp_signed("!=", word, word.type(0)) if of == types.boolean else word


@lower_setattr_generic(BlockType)
def _set_field(context: Any, builder: Any, signature: Any, args: Any, name: str) -> None:
    kind, given = signature.args
    of, place = kind.places[name]
    if of not in (types.float64, types.int64, types.boolean):
        raise NotImplementedError(f"compiled code cannot set the field {name!r} of {kind}")
    x = context.cast(builder, args[1], given, of)
    if of == types.boolean:
        x = builder.zext(x, _INT64)
    builder.store(x, _pointer(builder, args[0], place, x.type))
