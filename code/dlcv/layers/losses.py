"""Losses: how wrong a prediction is, as one number, and which way is better.

Chapter 6 builds them. Each has `forward(prediction, target)`, the mean over the batch, and
`backward()`, the gradient of that mean with respect to the prediction, written by hand.
"""

from torch import Tensor, full_like, int64, ones, where


class Loss:
    """One number for how wrong a batch of predictions is, with its gradient. Chapter 6 builds it.

    `forward` returns the loss, a scalar tensor, and keeps what `backward` will need. `backward`
    takes nothing, since a loss is where the chain rule starts: ∂L/∂L = 1. It returns ∂L/∂prediction
    of the last `forward`, of the prediction's shape, ready for `Layer.backward`.
    """

    def __init__(self):
        self.kept: tuple[Tensor, ...] | None = None

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        return self.forward(prediction, target)

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """The loss, a scalar tensor; keeps what `backward` needs.

        Raises:
            TypeError: `prediction` or `target` has a wrong type or dtype.
            ValueError: their shapes do not fit, or `target` holds a value that cannot be.
        """
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def backward(self) -> Tensor:
        """∂L/∂prediction.

        Raises:
            RuntimeError: `forward` has not been called.
        """
        raise NotImplementedError(f"{type(self).__name__} has no backward")

    def _recall(self) -> tuple[Tensor, ...]:
        """What the last `forward` kept."""
        if self.kept is None:
            raise RuntimeError(f"{type(self).__name__}: call forward before backward")
        return self.kept


# ---- numbers to predict: regression ---------------------------------------------------------


class MeanSquaredError(Loss):
    """Mean of r², with r = prediction − target; its best constant is the mean. Equation (6.1).

    Both have one shape, `(B,)` or `(B, …)`, and the mean runs over every number in it.
    """

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Mean of r²."""
        residual = _residual(prediction, target)
        self.kept = (residual,)
        return (residual**2).mean()

    def backward(self) -> Tensor:
        """2 r / n, with n numbers in the prediction."""
        (residual,) = self._recall()
        return 2 * residual / residual.numel()


class AbsoluteError(Loss):
    """Mean of |r|, "L1", whose best constant is the median. Equation (6.2); shapes as for L2."""

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Mean of |r|."""
        residual = _residual(prediction, target)
        self.kept = (residual,)
        return residual.abs().mean()

    def backward(self) -> Tensor:
        """sign(r) / n; 0 where r = 0, in the kink."""
        (residual,) = self._recall()
        return residual.sign() / residual.numel()


class Huber(Loss):
    """½ r² up to |r| = δ, and beyond it a straight line, δ (|r| − ½ δ). Equation (6.3).

    Source: Huber, Robust estimation of a location parameter, 1964, doi:10.1214/aoms/1177703732.

    Args:
        delta: δ, where the parabola ends.

    Raises:
        ValueError: `delta` is not positive.
    """

    def __init__(self, delta: float = 1.0):
        super().__init__()
        if not delta > 0:
            raise ValueError(f"delta: got {delta}, wanted a positive number")
        self.delta = delta

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Mean over all numbers."""
        residual = _residual(prediction, target)
        self.kept = (residual,)
        size = residual.abs()
        straight = self.delta * (size - 0.5 * self.delta)
        return where(size <= self.delta, 0.5 * residual**2, straight).mean()

    def backward(self) -> Tensor:
        """r, cut off at ±δ, over n."""
        (residual,) = self._recall()
        return residual.clamp(-self.delta, self.delta) / residual.numel()


# ---- yes or no: one score for each question -------------------------------------------------


class BinaryCrossEntropy(Loss):
    """−y log ŷ − (1 − y) log(1 − ŷ) with ŷ = σ(z), straight from the scores z. Equation (6.5).

    Written as max(z, 0) − y z + log(1 + e^−|z|), in which no exponential can overflow. Scores and
    targets have one shape; a target is the probability that the answer is yes, in [0, 1]. The mean
    runs over all of them.
    """

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Mean over all numbers; `prediction` holds scores, not probabilities."""
        _require_same_shape(prediction, target)
        if not bool(((target >= 0) & (target <= 1)).all()):
            raise ValueError("target: wanted probabilities, from 0 to 1")
        self.kept = prediction.sigmoid(), target
        return (prediction.relu() - target * prediction + (-prediction.abs()).exp().log1p()).mean()

    def backward(self) -> Tensor:
        """(ŷ − y) / n."""
        probability, target = self._recall()
        return (probability - target) / target.numel()


# ---- many classes ---------------------------------------------------------------------------


def log_softmax(scores: Tensor) -> Tensor:
    """The logarithm of the softmax along the last axis, for scores of any size. Equation (6.9).

    log Σ e^z is the same as m + log Σ e^(z − m). With m the largest score, no exponential is larger
    than 1 and one of them is 1: nothing overflows, and the logarithm never meets a 0.

    Args:
        scores: (…, K), floats.

    Raises:
        TypeError: `scores` is not a tensor of floats.
        ValueError: it has no axis, or no class along the last one.
    """
    _require_floats("scores", scores)
    if scores.ndim == 0 or scores.shape[-1] == 0:
        raise ValueError(f"scores: got shape {tuple(scores.shape)}, wanted (…, K) with K ≥ 1")
    shifted = scores - scores.amax(dim=-1, keepdim=True)  # (…, K), all ≤ 0
    return shifted - shifted.exp().sum(dim=-1, keepdim=True).log()


def softmax(scores: Tensor) -> Tensor:
    """Scores (…, K) to probabilities (…, K), for scores of any size. Chapter 2's exercise 1."""
    return log_softmax(scores).exp()


class SoftmaxCrossEntropy(Loss):
    """−log p̂ of the true class, straight from the scores (B, K). Equation (6.13).

    Targets are class indices, int64 of shape (B,). With smoothing ε the target distribution is
    (1 − ε) on the true class plus ε/K on every class, equation (6.24), from Szegedy et al. 2015,
    arXiv:1512.00567. With class weights, class k's term counts w_k times and the sum is divided by
    the sum of the weights of the true classes, equation (6.26). Both as in `F.cross_entropy`.

    Args:
        label_smoothing: ε, from 0 to 1.
        class_weights: (K,), positive; without them every class counts alike.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, label_smoothing: float = 0.0, class_weights: Tensor | None = None):
        super().__init__()
        if not 0 <= label_smoothing <= 1:
            raise ValueError(f"label_smoothing: got {label_smoothing}, wanted a number from 0 to 1")
        if class_weights is not None:
            _require_floats("class_weights", class_weights)
            if class_weights.ndim != 1 or not bool((class_weights > 0).all()):
                raise ValueError("class_weights: wanted shape (K,), every number positive")
        self.label_smoothing = label_smoothing
        self.class_weights = class_weights

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Mean over the batch, weighted if there are class weights."""
        _require_classes(prediction, target)
        log_p = log_softmax(prediction)  # (B, K)
        rest = self.label_smoothing / log_p.shape[1]  # ε/K
        wanted = full_like(log_p, rest)  # (B, K)
        wanted = wanted.scatter(1, target[:, None], 1 - self.label_smoothing + rest)
        weights = self._weights(prediction)  # (K,)
        shares = weights * wanted / weights[target].sum()  # (B, K): what each −log p̂ counts
        self.kept = log_p, shares
        return -(shares * log_p).sum()

    def backward(self) -> Tensor:
        """(p̂ − y) / B in the plain case; with shares s in place of y / B, p̂ Σ s − s."""
        log_p, shares = self._recall()
        return log_p.exp() * shares.sum(dim=1, keepdim=True) - shares

    def _weights(self, prediction: Tensor) -> Tensor:
        classes = prediction.shape[1]
        if self.class_weights is None:
            return ones(classes, dtype=prediction.dtype, device=prediction.device)
        if len(self.class_weights) != classes:
            came = f"{len(self.class_weights)} of them for {classes} classes"
            raise ValueError(f"class_weights: got {came}, wanted one for each class")
        return self.class_weights.to(prediction)


class MultiHinge(Loss):
    """Σ max(0, z_j − z_y + margin) over the wrong classes j: no loss once y leads by the margin.

    Equation (6.23). The sum runs over classes and the mean over the batch. PyTorch's
    `F.multi_margin_loss` divides by K as well. Source: Weston and Watkins, Support vector machines
    for multi-class pattern recognition, ESANN 1999.

    Args:
        margin: the lead that is wanted.

    Raises:
        ValueError: `margin` is not positive.
    """

    def __init__(self, margin: float = 1.0):
        super().__init__()
        if not margin > 0:
            raise ValueError(f"margin: got {margin}, wanted a positive number")
        self.margin = margin

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Mean over the batch."""
        _require_classes(prediction, target)
        true = target[:, None]  # (B, 1)
        excess = prediction - prediction.gather(1, true) + self.margin  # (B, K)
        excess = excess.scatter(1, true, 0.0)  # the true class does not compete with itself
        self.kept = excess, true
        return excess.relu().sum(dim=1).mean()

    def backward(self) -> Tensor:
        """1 / B for each class inside the margin, minus their number / B for the true class."""
        excess, true = self._recall()
        grad = (excess > 0).to(excess)  # (B, K) of 1 and 0; 0 in the kink
        return grad.scatter(1, true, -grad.sum(dim=1, keepdim=True)) / len(grad)


# ---- what may come in -----------------------------------------------------------------------


def _require_floats(name: str, value: Tensor) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(f"{name}: got {type(value).__name__}, wanted a tensor of floats")
    if not value.is_floating_point():
        raise TypeError(f"{name}: got {value.dtype}, wanted floats")


def _require_same_shape(prediction: Tensor, target: Tensor) -> None:
    """Floats of one shape: the difference of (B, 1) and (B,) would silently be (B, B)."""
    _require_floats("prediction", prediction)
    _require_floats("target", target)
    came, wanted = tuple(target.shape), tuple(prediction.shape)
    if prediction.numel() == 0:
        raise ValueError(f"prediction: got shape {wanted}, wanted at least one number")
    if came != wanted:
        raise ValueError(f"target: got shape {came}, wanted the prediction's, {wanted}")


def _residual(prediction: Tensor, target: Tensor) -> Tensor:
    _require_same_shape(prediction, target)
    return prediction - target


def _require_classes(prediction: Tensor, target: Tensor) -> None:
    """Scores (B, K) and class indices (B,)."""
    _require_floats("prediction", prediction)
    if prediction.ndim != 2 or 0 in prediction.shape:
        raise ValueError(f"prediction: got shape {tuple(prediction.shape)}, wanted (B, K)")
    if not isinstance(target, Tensor) or target.dtype != int64:
        came = getattr(target, "dtype", type(target).__name__)
        raise TypeError(f"target: got {came}, wanted class indices, torch.int64")
    batch, classes = prediction.shape
    if target.shape != (batch,):
        raise ValueError(f"target: got shape {tuple(target.shape)}, wanted ({batch},)")
    if not bool(((target >= 0) & (target < classes)).all()):
        came = f"{int(target.min())} to {int(target.max())}"
        raise ValueError(f"target: got {came}, wanted indices from 0 to {classes - 1}")
