"""Serve a rendered project as the platform does, with the Python that runs this, and talk to its API."""

import base64
import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from importlib.metadata import version
from pathlib import Path

from PIL import Image, ImageOps

GENERATION = int(version("gradio").split(".")[0])
TIMEOUT = 300  # seconds: the platform waits as long


class Refused(Exception):
    """The app answers that it cannot."""


class App:
    """The app that runs: its process, address, folder, and the seconds until its page was there."""

    def __init__(self, process, port, folder):
        self.process, self.folder = process, folder
        self.address = f"http://127.0.0.1:{port}/"
        self.port = port
        self.start_seconds = wait(self)


def wait(app):
    """Return the seconds until the page answers."""
    start = time.monotonic()
    while time.monotonic() - start < TIMEOUT:
        if app.process.poll() is not None:
            sys.exit(f"app.py ended with exit code {app.process.returncode}.")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(app.address, timeout=5).close()
            return time.monotonic() - start
        time.sleep(0.1)
    sys.exit(f"app.py was not ready within {TIMEOUT} seconds.")


def free_port():
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextlib.contextmanager
def serve(project, change=lambda folder: None, **options):
    """Start the app of project in a copy of its inference folder that change(folder) has changed; stop it at the end."""
    project = Path(project).resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "inference")
        shutil.copytree(project / "inference", folder)
        shutil.copy(project.with_name(f"{project.name}-model") / "best.ckpt", folder)
        change(folder)
        port = free_port()
        environment = {**os.environ, "GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
        process = subprocess.Popen([sys.executable, "./app.py"], cwd=folder, env=environment, **options)
        try:
            yield App(process, port, folder)
        finally:
            process.terminate()
            process.wait()


class Visitor:
    """Talks to Gradio 2 and 3 as their pages do: one request, the drawing black on white in it."""

    def __init__(self, address):
        self.address = address

    def ask(self, body):
        """Send JSON to the function behind the page and return its answer."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + "api/predict/", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)["data"][0]
        except urllib.error.HTTPError as error:
            raise Refused(f"{error.code} {error.read().decode()}") from error

    def predict(self, content):
        """Return the answer to an image file, or to an empty sketchpad for None."""
        kind = "data:image/png;base64,"
        return self.ask({"data": [None if content is None else kind + base64.b64encode(content).decode()]})


class QueuingVisitor:
    """Talks to Gradio 4 and 6 as their pages do: upload a layer whose alpha is the ink, join the queue, read the events."""

    def __init__(self, address):
        import httpx  # comes with this Gradio

        self.cut_off = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
        self.client = httpx.Client(base_url=address + ("" if GENERATION < 5 else "gradio_api/"), timeout=60)
        self.config = self.client.get(address + "config").json()
        self.function = next(each["id"] for each in self.config["dependencies"] if each["api_name"] == "predict")

    def ask(self, body):
        """Send JSON to the function behind the page and return its answer."""
        session = f"visitor-{id(self)}-{threading.get_ident()}"  # a new one each time would be a new visitor to keep
        joined = self.client.post("queue/join", json={**body, "fn_index": self.function, "session_hash": session})
        if joined.is_error:
            raise Refused(f"{joined.status_code} {joined.text}")
        events = self.client.get("queue/data", params={"session_hash": session}).text.strip().split("\n\n")
        told = [json.loads(event.partition(" ")[2]) for event in events]
        done = next(each for each in told if each["msg"] == "process_completed")
        if not done["success"]:
            raise Refused(json.dumps(done["output"]))
        return done["output"]["data"][0]

    def upload(self, content):
        """Leave a file with the app, and return where the app keeps it."""
        try:
            uploaded = self.client.post("upload", files={"files": ("layer.png", content)})
        except self.cut_off as error:  # an answer that comes before the file has been sent may be lost
            raise Refused(f"413 {error}") from error
        if uploaded.is_error:
            raise Refused(f"{uploaded.status_code} {uploaded.text}")
        return uploaded.json()[0]

    def predict(self, content):
        """Return the answer to an image file, or to an empty sketchpad for None."""
        return self.predict_layers([] if content is None else [content])

    def predict_layers(self, contents):
        """Return the answer to image files drawn one over the other; files that are alike are sent once."""
        places = {content: self.upload(content) for content in set(contents)}
        layers = [{"path": places[content], "meta": {"_type": "gradio.FileData"}} for content in contents]
        return self.ask({"data": [{"layers": layers, "background": None, "composite": None}]})

    def leave_blob(self, **fields):
        """Send a picture the way the page does, to stay in the app's memory until Submit."""
        place = next(each["id"] for each in self.config["components"] if each["type"] == "imageeditor")
        fields |= {"fn_name": "accept_blobs", "component_id": str(place), "session_hash": "visitor"}
        sent = self.client.post("component_server", files={"file": ("layer.png", b"picture")}, data=fields)
        if sent.is_error:
            raise Refused(f"{sent.status_code} {sent.text}")


def visit(address):
    """Return a visitor of the page; several threads may use it."""
    return (Visitor if GENERATION < 4 else QueuingVisitor)(address)


def encode(image):
    """Return the image as a PNG file."""
    png = io.BytesIO()
    image.save(png, "PNG")
    return png.getvalue()


def encode_ink(ink):
    """Return ink, white on black, as the PNG file that a page of this Gradio sends."""
    ink = ink.convert("L")
    if GENERATION < 4:
        return encode(ImageOps.invert(ink))
    layer = Image.new("RGBA", ink.size)
    layer.putalpha(ink)
    return encode(layer)
