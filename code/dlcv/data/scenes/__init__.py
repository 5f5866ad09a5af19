"""The book's laboratory: pictures of simple shapes whose every difficulty is a knob.

```python
from dlcv.data import scenes

easy = scenes.generate(1000)
hard = scenes.generate(1000, viewpoint=0.5, clutter=0.5)
several = scenes.generate(8, size=128, objects=(2, 5), variation=0.5)
several.captions[0]
```

All answers are known because we draw the pictures ourselves. Chapter 01 turns the knobs; the
chapters on detection, segmentation, pose, depth, captions and questions use the annotations.
"""

from .collection import Scenes
from .keypoints import KEYPOINTS
from .palette import COLORS, GROUNDS, MATERIALS, SIZES
from .questions import Question
from .sets import generate, load
from .shapes import CLASSES

__all__ = [
    "CLASSES",
    "COLORS",
    "GROUNDS",
    "KEYPOINTS",
    "MATERIALS",
    "Question",
    "SIZES",
    "Scenes",
    "generate",
    "load",
]
