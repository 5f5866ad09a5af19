"""On the GPU

The training loops and the loaders with everything on the GPU, and what precision, memory format and
compilation bring there: ResNet-18 for 32 × 32 images (torchvision's, its first layer 3 × 3 with
stride 1 and no pooling after it), trained by `dlcv.training.Trainer` on batches that are ready on
the device. AMP is mixed precision as the Trainer chooses it; fp32 is as PyTorch computes it unless
told otherwise (on newer GPUs convolutions take TF32). Compilation happens before the clock runs;
the search for the fastest convolutions (`torch.backends.cudnn.benchmark`) is left off, as PyTorch
has it.
"""

import torch
from torch import Tensor, nn

from benchmarks import training
from benchmarks.harness import Table, alternate, rate_rows
from dlcv.training import Trainer, describe_device

LIBRARIES = ["torch", "torchvision", "lightning", "accelerate"]
NO_GPU = "no GPU on this machine: not measured"
CHANNELS_LAST = dict(precision="auto", channels_last=True)
SETTINGS = {
    "fp32": dict(precision="fp32", channels_last=False),
    "fp32, again": dict(precision="fp32", channels_last=False),
    "AMP": dict(precision="auto", channels_last=False),
    "AMP, channels-last": CHANNELS_LAST,
    "AMP, channels-last, compile": dict(**CHANNELS_LAST, compile=True),
}


def resnet18() -> nn.Module:
    """ResNet-18 with the first layers for 32 × 32 images: 3 × 3, stride 1, no pooling."""
    from torchvision.models import resnet18 as build

    network = build(num_classes=10)
    network.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    network.maxpool = nn.Identity()
    return network


class Run:
    """One way to train; calling it again trains on, so compilation is paid for once."""

    def __init__(self, batches: list[tuple[Tensor, Tensor]], device: str, **settings):
        torch.manual_seed(0)
        network = resnet18().to(device)
        optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
        self.trainer = Trainer(network, optimizer, device=device, **settings)
        self.batches = batches

    def __call__(self) -> float:
        """Train for a short epoch and the timed one: seconds of the latter."""
        watched = training.Batches(self.batches)
        self.trainer.fit(watched, epochs=3, progress="none")
        return watched.seconds()


def resnet_table(
    device: str, batch_size: int, steps: int, rounds: int, warmup: int = 2, names=SETTINGS
) -> Table:
    """Images a second of ResNet-18 in each setting."""
    torch.manual_seed(0)
    images = torch.rand(steps, batch_size, 3, 32, 32, device=device)
    labels = torch.randint(10, (steps, batch_size), device=device)
    batches = list(zip(images, labels, strict=True))
    runs = {name: Run(batches, device, **SETTINGS[name]) for name in names}
    times = alternate(runs, rounds, warmup)
    title = f"ResNet-18 at 32 × 32, batches of {batch_size}"
    columns = ["setting", "images/s", "times fp32"]
    return Table(title, columns, rate_rows(times, batch_size * steps), rounds)


def measure(quick: bool = False) -> list[Table]:
    """All tables of the GPU, or one that says that there is none; `quick` runs on the CPU."""
    if quick:
        names = ["fp32", "AMP, channels-last"]  # compiling for the CPU takes half a minute
        return [resnet_table("cpu", batch_size=2, steps=1, rounds=1, warmup=0, names=names)]
    if not torch.cuda.is_available():
        return [Table("ResNet-18 at 32 × 32", ["setting", "images/s"], [["all", NO_GPU]], 0)]
    size = dict(steps=100, batch_size=32, device="cuda")
    tables = [
        resnet_table("cuda", batch_size=512, steps=20, rounds=9),
        training.compare("CNN 16-32", training.cnn, rounds=20, **size),
        training.compare("MLP 3072-128-10", training.mlp, rounds=20, **size),
        *loader_tables(),
    ]
    for table in tables:
        table.notes.append(f"On {describe_device('cuda')}.")
    return tables


def loader_tables() -> list[Table]:
    """The tables of the loaders, their data on the GPU."""
    from benchmarks import loaders

    return loaders.measure(device="cuda")
