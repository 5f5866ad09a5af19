"""Automatic differentiation of single numbers, in reverse mode. Chapter 8 builds it."""

# ruff: noqa: E731
import math


class Value:
    """A number that remembers its `parents`: pairs (value it came from, local derivative).

    It mixes with plain numbers under + - * /, and takes plain exponents. `backward` fills `grad`.
    """

    def __init__(self, data: float, parents: tuple = ()):
        self.data, self.grad, self.parents = float(data), 0.0, parents

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def __pow__(self, n: float):
        return Value(self.data**n, ((self, n * self.data ** (n - 1) if n else 0.0),))

    def exp(self):
        """eˣ, its own derivative."""
        return Value(math.exp(self.data), ((self, math.exp(self.data)),))

    def log(self):
        """The natural logarithm, of a positive number."""
        return Value(math.log(self.data), ((self, 1 / self.data),))

    def tanh(self):
        """The hyperbolic tangent."""
        result = math.tanh(self.data)
        return Value(result, ((self, 1 - result**2),))

    def sigmoid(self):
        """1 / (1 + e⁻ˣ), written so that nothing overflows."""
        result = 0.5 + 0.5 * math.tanh(self.data / 2)
        return Value(result, ((self, result * (1 - result)),))

    def relu(self):
        """max(0, x); at 0 the derivative is 0."""
        return Value(max(self.data, 0.0), ((self, float(self.data > 0)),))

    def backward(self) -> None:
        """The chain rule from this value back; what an earlier `backward` left is replaced."""
        order = topological_order(self)
        for value in order:
            value.grad = 1.0 if value is self else 0.0
        for value in reversed(order):  # all paths into a value are summed before it passes them on
            for parent, slope in value.parents:
                parent.grad += slope * value.grad

    __repr__ = lambda self: f"Value({self.data:.6g}, grad={self.grad:.6g})"
    __radd__, __rmul__, __neg__ = __add__, __mul__, lambda self: self * -1
    __sub__, __rsub__ = lambda self, other: self + -other, lambda self, other: -self + other
    __truediv__ = lambda self, other: self * other**-1
    __rtruediv__ = lambda self, other: self**-1 * other


def as_value(x: "Value | float") -> Value:
    """A plain number as a `Value` without parents; a `Value` as it is."""
    return x if isinstance(x, Value) else Value(x)


def topological_order(last: Value) -> list[Value]:
    """All values that `last` depends on, each behind its parents; no recursion, however deep."""
    order, seen, stack = [], set(), [(last, False)]
    while stack:
        value, parents_done = stack.pop()
        if parents_done:
            order.append(value)
        elif value not in seen:
            seen.add(value)
            stack += [(value, True)] + [(parent, False) for parent, _ in value.parents]
    return order
