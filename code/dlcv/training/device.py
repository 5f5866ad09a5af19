"""Where the computation runs, and how exactly: the device and the precision."""

import os

import torch

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def pick_device(name: str | torch.device = "auto") -> torch.device:
    """Choose the device to compute on.

    Args:
        name: `"auto"` takes the first one present of CUDA, MPS and CPU (and, of several GPUs under
            `torchrun`, the one with this process's number). `"cpu"`, `"cuda"`, `"cuda:1"` and
            `"mps"` ask for one device; a `torch.device` does too.

    Returns:
        The device. `model.to(device)` moves a model there.

    Raises:
        ValueError: the name is not one of these, or that device is not in this machine.

    Built in chapter 09.
    """
    present = available_devices()
    if str(name) == "auto":
        own = f"cuda:{os.environ.get('LOCAL_RANK', 0)}"  # torchrun numbers a machine's processes
        return torch.device(own if own in present else present[0])  # number 0 is plain "cuda"
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise ValueError(_unknown(name)) from error
    if device.type not in ("cpu", "cuda", "mps"):
        raise ValueError(_unknown(name))
    wanted = device.type if device.index in (None, 0) else str(device)  # "cuda:0" is "cuda"
    if wanted not in present:
        raise ValueError(
            f"device={str(name)!r} was asked for, but PyTorch finds only {', '.join(present)} "
            'on this machine; use device="auto" to take the best one present'
        )
    return device


def available_devices() -> list[str]:
    """The devices of this machine, best first: `["cuda", "cuda:1", "cpu"]` with two GPUs."""
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0  # an old driver: none
    gpus = ["cuda" if index == 0 else f"cuda:{index}" for index in range(count)]
    apple = ["mps"] if torch.backends.mps.is_available() else []
    return gpus + apple + ["cpu"]


def describe_device(device: str | torch.device = "auto") -> str:
    """Describe a device in one line, for the top of a chapter: `"cuda: NVIDIA H200, 140 GiB"`.

    Args:
        device: what `pick_device` takes.
    """
    device = pick_device(device)
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"{device}: {properties.name}, {properties.total_memory / 2**30:.0f} GiB"
    if device.type == "mps":
        return "mps: Apple GPU"
    threads = torch.get_num_threads()
    return f"cpu, {threads} thread{'' if threads == 1 else 's'}"


def pick_precision(name: str, device: torch.device) -> torch.dtype:
    """Choose the number format for the large products: `"auto"`, `"fp32"`, `"bf16"` or `"fp16"`.

    `"auto"` takes what is fastest at little cost in accuracy: on CUDA bfloat16 where the GPU
    computes in it (2020 and later), float16 with a loss scale before that; float32 elsewhere.

    Raises:
        ValueError: the name is none of these.
    """
    if name == "auto" and device.type == "cuda":
        name = "bf16" if torch.cuda.get_device_capability(device) >= (8, 0) else "fp16"
    elif name == "auto":
        name = "fp32"
    if name not in PRECISIONS:
        raise ValueError(f'precision must be "auto", {", ".join(PRECISIONS)}; got {name!r}')
    return PRECISIONS[name]


def _unknown(name: object) -> str:
    return f'device must be "auto", "cpu", "cuda", "cuda:<number>" or "mps"; got {name!r}'
