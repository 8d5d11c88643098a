"""What a file of weights is, told by its content."""

import base64
import io
import pickle
import zipfile

import pytest
from helpers import HERE
from xihe_hooks.readers.weights import read_weights

from .fakes import assert_both_languages

# What MindSpore 2.9.0 writes of nn.Dense(1, 1); of MindIR the beginning.
CHECKPOINT = "Ch0KBndlaWdodBITCAEIARIHRmxvYXQzMhoEuzlAPwoZCgRiaWFzEhEIARIHRmxvYXQzMhoE7lwsvw=="
WITH_CRC = "Ch0KBndlaWdodBITCAEIARIHRmxvYXQzMhoEuzlAPwoZCgRiaWFzEhEIARIHRmxvYXQzMhoE7lwsv2NyY19udW0AAAAAAABp+5ss"
ENCRYPTED = (
    "2F46f6ruIUQoOs77MbrZDKrqUm9SAAAAEAAAADwAtNNLMUf65F8gWB1oFRE6AAAAqfxmYrSu24b+A0X5q4nDK4UZVYZYSPmBU5r5E66nImgicBXU"
    "/qp356zgKHk4yNep+PN5mdrpRO87Bg=="
)
SAFETENSORS = (
    "mAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJtcyJ9LCJiaWFzIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsxXSwiZGF0YV9vZmZz"
    "ZXRzIjpbMCw0XX0sIndlaWdodCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMSwxXSwiZGF0YV9vZmZzZXRzIjpbNCw4XX19ICAgIO5cLL+7OUA/"
)
MINDIR = "CgMxLjESCU1pbmRTcG9yZSoFMi45LjA6jBcKMBILVmFsdWVOb2RlXzkaC1ZhbHVlTm9kZV85IghDb25z"
ONNX = "CAQSCU1pbmRTcG9yZRoDMS4wOsYBCj8KAXgKBndlaWdodAoEYmlhcxIBMRoFMUdlbW0iBEdlbW0qDQoGdHJhbnNBGACgAQIq"
TRAINED = next(HERE.glob("template/*/*best.ckpt*")).read_bytes()


def archive(name):
    """A ZIP archive with one member, as PyTorch and NumPy write."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as members:
        members.writestr(name, b"\x80\x02}q\x00.")
    return file.getvalue()


FORMATS = {
    "MindSpore checkpoint": (".ckpt", base64.b64decode(CHECKPOINT)),
    "safetensors": (".safetensors", base64.b64decode(SAFETENSORS)),
    "MindIR": (".mindir", base64.b64decode(MINDIR)),
    "ONNX": (".onnx", base64.b64decode(ONNX)),
    "PyTorch": (".pth", archive("best/data.pkl")),
    "a PyTorch": (".pt", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."),
    "NumPy": (".npz", archive("weight.npy")),
    "pickle": (".pkl", pickle.dumps({"weight": 1.0}, protocol=4)),
    "HDF5": (".h5", b"\x89HDF\r\n\x1a\n" + bytes(88)),
}


@pytest.fixture
def read(tmp_path):
    """Return a function that says what is wrong with a content under a name."""

    def told(name, content):
        (tmp_path / "content").write_bytes(content)
        return read_weights(name, tmp_path / "content")

    return told


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_of_another_kind_than_its_name_says(read, kind):
    suffix, content = FORMATS[kind]
    assert read(f"best{suffix}", content) is None
    for other in {".ckpt", ".safetensors", ".mindir"} - {suffix}:
        fault = read(f"best{other}", content)
        assert fault.usable and kind in fault.what.en and other in fault.what.en
        assert_both_languages(fault.what)
        assert_both_languages(fault.remedy)


def test_a_checkpoint_of_pytorch_has_to_be_converted(read):
    assert "save_checkpoint" in read("best.ckpt", FORMATS["PyTorch"][1]).remedy.en


@pytest.mark.parametrize("page", [b"<!DOCTYPE html>", b"\r\n <html>", b'<?xml version="1.0"?><Error/>'])
@pytest.mark.parametrize("name", ["best.ckpt", "best.pth", "labels.bin"])
def test_a_web_page_is_no_weights(read, name, page):
    fault = read(name, page)
    assert not fault.usable and "a web page" in fault.what.en
    assert_both_languages(fault.what)


@pytest.mark.parametrize("content", [TRAINED, *(base64.b64decode(each) for each in (WITH_CRC, ENCRYPTED))])
def test_whole_checkpoints_are_in_order(read, content):
    assert read("best.ckpt", content) is None


@pytest.mark.parametrize("length", [0, 40, 1000, 100_000, len(TRAINED) - 1])
def test_a_checkpoint_that_is_cut_off(read, length):
    assert not read("best.ckpt", TRAINED[:length]).usable


@pytest.mark.parametrize("kind", ["safetensors", "PyTorch", "NumPy"])
def test_other_files_that_are_cut_off(read, kind):
    suffix, content = FORMATS[kind]
    assert "cut off" in read(f"best{suffix}", content[:-25]).what.en


@pytest.mark.parametrize("content", [b"x" * 100, b"{}", b"\n", b"\x08", bytes(600), b"\n" + b"\xff" * 600])
def test_what_is_not_known_is_taken_for_what_its_name_says(read, content):
    assert read("best.ckpt", content) is None
