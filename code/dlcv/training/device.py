"""Where the computation runs: a CUDA GPU, an Apple GPU (MPS), or the CPU."""

import torch


def pick_device(name: str | torch.device = "auto") -> torch.device:
    """Choose the device to compute on.

    Args:
        name: `"auto"` takes the first one present of CUDA, MPS and CPU. `"cpu"`, `"cuda"`,
            `"cuda:1"` and `"mps"` ask for one device; a `torch.device` does too.

    Returns:
        The device. `model.to(device)` moves a model there.

    Raises:
        ValueError: the name is not one of these.
        RuntimeError: the device asked for is not in this machine.

    Built in chapter 09.
    """
    if str(name) == "auto":
        return torch.device(available_devices()[0])
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise ValueError(_unknown(name)) from error
    if device.type not in ("cpu", "cuda", "mps"):
        raise ValueError(_unknown(name))
    present = available_devices()
    wanted = device.type if device.index in (None, 0) else str(device)  # "cuda:0" is "cuda"
    if wanted not in present:
        raise RuntimeError(
            f"device={str(name)!r} was asked for, but PyTorch finds only {', '.join(present)} "
            'on this machine; use device="auto" to take the best one present'
        )
    return device


def available_devices() -> list[str]:
    """The devices of this machine, best first: `["cuda", "cuda:1", "cpu"]` with two GPUs."""
    gpus = ["cuda" if index == 0 else f"cuda:{index}" for index in range(torch.cuda.device_count())]
    apple = ["mps"] if torch.backends.mps.is_available() else []
    return gpus + apple + ["cpu"]


def describe_device(device: str | torch.device = "auto") -> str:
    """Describe a device in one line, for the top of a chapter.

    Args:
        device: what `pick_device` takes.

    Returns:
        For example `"cpu, 2 threads"`, `"cuda: NVIDIA H200, 140 GiB"` or `"mps: Apple GPU"`.
    """
    device = pick_device(device)
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"{device}: {properties.name}, {properties.total_memory / 2**30:.0f} GiB"
    if device.type == "mps":
        return "mps: Apple GPU"
    threads = torch.get_num_threads()
    return f"cpu, {threads} thread{'' if threads == 1 else 's'}"


def _unknown(name: object) -> str:
    return f'device must be "auto", "cpu", "cuda", "cuda:<number>" or "mps"; got {name!r}'
