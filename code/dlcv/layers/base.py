"""What every layer is: a function, and the chain rule for it."""

from torch import Tensor


class Layer:
    """A function with a derivative written by hand. Chapter 8 builds it.

    `forward` computes the output and keeps what `backward` will need. `backward` takes the gradient
    of the loss with respect to that output and returns the gradient with respect to the input, of
    the input's shape. On the way it puts the gradients of the layer's own parameters into
    `gradients`, under the names that `parameters` uses. Each call of `backward` **replaces** them:
    nothing is added up from one step to the next.

    A layer remembers its last `forward` only: a `backward` belongs to the `forward` before it, and
    nobody may change the input in between.
    """

    def __init__(self):
        self.parameters: dict[str, Tensor] = {}
        self.gradients: dict[str, Tensor] = {}

    def __call__(self, x: Tensor) -> Tensor:
        return self.forward(x)

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output for `x`; keeps what `backward` needs."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def backward(self, grad: Tensor) -> Tensor:
        """From ∂L/∂output to ∂L/∂input; fills `gradients` with ∂L/∂parameter.

        Raises:
            RuntimeError: `forward` has not been called.
            ValueError: `grad` does not have the shape of the last output.
        """
        raise NotImplementedError(f"{type(self).__name__} has no backward")


class Sequential(Layer):
    """Layers in a row: forward from first to last, backward from last to first. Chapter 8.

    `parameters` and `gradients` collect those of all layers under "0.weight", "0.bias", … as
    `nn.Sequential` does. They are the layers' own tensors, so a step in place trains the network:

        for name, parameter in network.parameters.items():
            parameter -= learning_rate * network.gradients[name]

    Args:
        *layers: in the order of `forward`. Another `Sequential` may be among them.

    Raises:
        TypeError: one of them is not a layer.
        ValueError: a layer stands in the row twice. It remembers one `forward` only, so the second
            would spoil the `backward` of the first.
    """

    def __init__(self, *layers: Layer):
        for i, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                came = f"{type(layer).__module__}.{type(layer).__name__}"
                raise TypeError(f"layer {i} must be a dlcv.layers.Layer; got {came}")
            if any(layer is earlier for earlier in layers[:i]):
                raise ValueError(f"layer {i} stands in the row twice; make one for each place")
        self.layers = layers

    @property
    def parameters(self) -> dict[str, Tensor]:
        """Every parameter of every layer, by "layer.name"."""
        return self._collect("parameters")

    @property
    def gradients(self) -> dict[str, Tensor]:
        """The gradients of the last `backward`, by the same names."""
        return self._collect("gradients")

    def forward(self, x: Tensor) -> Tensor:
        """`x` through all layers in order."""
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, grad: Tensor) -> Tensor:
        """∂L/∂output through all layers in reverse; returns ∂L/∂input."""
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def _collect(self, kind: str) -> dict[str, Tensor]:
        pairs = [(i, getattr(layer, kind)) for i, layer in enumerate(self.layers)]
        return {f"{i}.{name}": tensor for i, own in pairs for name, tensor in own.items()}


def require_forward(layer: Layer, grad: Tensor, shape: tuple[int, ...] | None) -> None:
    """Refuse a `backward` before any `forward` (`shape` is None), or with a gradient misshapen."""
    name = type(layer).__name__
    if shape is None:
        raise RuntimeError(f"{name}: call forward before backward")
    if tuple(grad.shape) != tuple(shape):
        raise ValueError(
            f"{name}: grad must have the shape of the last output, {tuple(shape)}; "
            f"got {tuple(grad.shape)}"
        )
