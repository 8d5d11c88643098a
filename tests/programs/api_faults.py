"""Images that no page sends: the served app answers or refuses each, and reads a digit rightly afterwards."""

import json

import numpy as np
import served
from PIL import Image

SIDE = 280
BOMB = 20_000  # pixels a side: more than Pillow unpacks


def images():
    """Yield (what it is, content of the file)."""
    shape = (SIDE, SIDE)
    yield "no image", None
    yield "an empty file", b""
    yield "no PNG", b"not a picture"
    yield "half a PNG", served.encode(Image.new("RGB", shape))[:100]
    yield "one pixel", served.encode(Image.new("RGBA", (1, 1), (0, 0, 0, 255)))
    yield "one row", served.encode(Image.new("RGBA", (5000, 1), (0, 0, 0, 255)))
    yield "transparent", served.encode(Image.new("RGBA", shape, (0, 0, 0, 0)))
    yield "colour", served.encode(Image.new("RGB", shape, (200, 30, 90)))
    yield "grey with alpha", served.encode(Image.new("LA", shape, (90, 128)))
    yield "16 bits", served.encode(Image.fromarray(np.arange(SIDE * SIDE, dtype=np.uint16).reshape(shape)))
    yield "palette", served.encode(Image.new("RGB", shape, (200, 30, 90)).quantize(4))
    yield "black and white", served.encode(Image.new("1", shape, 1))
    yield "huge", served.encode(Image.new("RGBA", (5000, 5000), (0, 0, 0, 255)))
    yield "a bomb", served.encode(Image.new("1", (BOMB, BOMB)))


def bodies():
    """Yield (what it is, JSON that is not what the page sends)."""
    yield "no data", {}
    yield "nothing in data", {"data": []}
    yield "a number", {"data": [7]}
    yield "broken base64", {"data": ["data:image/png;base64,%%%"]}
    yield "a path", {"data": ["/etc/passwd"]}
    yield (
        "a file of the server",
        {"data": [{"layers": [{"path": "/etc/passwd"}], "background": None, "composite": None}]},
    )
    yield "too much", {"data": [None] * 1000}


def answer_of(send, value):
    """Return the answer in a few words; only silence is an error."""
    try:
        answer = send(value)
    except served.Refused as refusal:
        return f"refused with {refusal}"
    return answer["label"] if isinstance(answer, dict) and "label" in answer else json.dumps(answer)[:60]


def check(app, visitor, digit, label):
    """Send every fault, and after each a digit, which must be read as label."""
    faults = [(name, visitor.predict, content) for name, content in images()]
    faults += [(name, visitor.ask, body) for name, body in bodies()]
    for name, send, value in faults:
        print(f"{name}: {answer_of(send, value)}", flush=True)
        after = visitor.predict(digit)["label"]
        assert app.process.poll() is None, f"{name}: the app ended with exit code {app.process.returncode}"
        assert after == label, f"after {name} the digit {label} was answered with {after}"
