"""Images that no page sends: the served app answers or refuses each, and reads a digit rightly afterwards."""

import io
import json
import re
import time
from pathlib import Path

import numpy as np
import served
from PIL import Image, ImageOps

SIDE = 280
BOMB = 20_000  # pixels a side: more than Pillow unpacks
LARGE = 13_000  # pixels a side: Pillow would unpack them, to 700 MB and more
MEMORY = 200_000  # KB: more than unpacking any picture that is allowed takes
UPLOAD = 8 * 2**20  # bytes: what the platform lets a visitor send


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
    yield from bombs()


def bombs():
    """Yield (what it is, content of the file) of small files with too many pixels."""
    yield "a bomb", served.encode(Image.new("1", (BOMB, BOMB)))
    yield "a bomb that Pillow takes", served.encode(Image.new("1", (LARGE, LARGE)))


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
    check_transparency(visitor, digit, label)
    check_bombs(app, visitor)
    if served.GENERATION >= 4:
        check_uploads(visitor)


def check_transparency(visitor, digit, label):
    """A drawing on nothing is one on white paper: programs draw so."""
    picture = Image.open(io.BytesIO(digit))
    ink = picture.getchannel("A") if picture.mode == "RGBA" else ImageOps.invert(picture.convert("L"))
    drawing = Image.new("RGBA", picture.size)
    drawing.putalpha(ink)
    answer = visitor.predict(served.encode(drawing))["label"]
    assert answer == label, f"the digit {label} on transparent paper was answered with {answer}"
    print("transparent paper: read as white", flush=True)


def read_peak(app):
    """Return the most memory that the app has had, in KB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{app.process.pid}/status").read_text())[1])


def refuse(send, *values, **fields):
    """Send what has to be refused, and return what the app says."""
    try:
        answer = send(*values, **fields)
    except served.Refused as refusal:
        return str(refusal)
    raise AssertionError(f"answered with {answer}")


def check_bombs(app, visitor):
    """Small files that unpack to gigabytes are refused with a sentence, before they take memory."""
    before = read_peak(app)
    for name, content in bombs():
        said = refuse(visitor.predict, content)
        assert re.search("too large" if served.GENERATION >= 3 else "exceeds limit", said), f"{name}: {said}"
    if served.GENERATION >= 4:
        said = refuse(visitor.predict_layers, [served.encode(Image.new("1", (1900, 1900)))] * 500)
        assert "too large" in said, said
        visitor.leave_blob(type="layer", index="1000000000", id="x")
    taken = read_peak(app) - before
    assert taken < MEMORY, f"the bombs took {taken} KB"
    print(f"bombs: refused with a sentence, {taken // 1000} MB of memory", flush=True)


def check_uploads(visitor):
    """What the platform would not let through is refused here too, and leaves nothing behind."""
    kept = Path(visitor.upload(bytes(UPLOAD)))
    before = sorted(kept.parent.parent.iterdir())
    above = 1 if served.GENERATION >= 5 else 2**16  # Gradio 4 looks at what is on the disk, a buffer less than was sent
    said = refuse(visitor.upload, bytes(UPLOAD + above))
    assert said.startswith("413"), said
    assert sorted(kept.parent.parent.iterdir()) == before, "a refused upload stays"
    print(f"uploads: up to {UPLOAD} bytes", flush=True)


def check_removal(project, seconds=20):
    """An app that removes uploads after a second instead of a minute has none left in the end."""

    def hurry(folder):
        source = (folder / "app.py").read_text("utf-8")
        assert "delete_cache=(60, 60)" in source
        (folder / "app.py").write_text(source.replace("delete_cache=(60, 60)", "delete_cache=(1, 1)"), "utf-8")

    with served.serve(project, hurry) as app:
        place = Path(served.visit(app.address).upload(b"a visitor's"))
        assert place.read_bytes() == b"a visitor's"
        end = time.monotonic() + seconds
        while place.exists():
            assert time.monotonic() < end, f"{place} is still there after {seconds} seconds"
            time.sleep(0.2)
    print("uploads: removed", flush=True)
