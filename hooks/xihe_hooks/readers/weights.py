"""Tells what a file of weights is by its content, whatever its name says.

Formats: MindSpore's mind_ir.proto and checkpoint.proto, the safetensors README, PyTorch's serialization.py, APPNOTE.TXT of
ZIP, NumPy's format.py. What is not recognised, such as an encrypted checkpoint, is taken for what its name says.
"""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

from xihe_hooks.language import Text

HEAD = 512  # bytes, at the beginning, that tell the format
TAIL = 1 << 16  # bytes, at the end, in which a ZIP archive has its table of contents
MOST = 100_000  # parameters of a checkpoint that are gone through
CRC = b"crc_num"  # what save_checkpoint(crc_check=True) adds after the last parameter

# How the formats begin, the surest first, what such a file is, to follow 是, and the suffixes of files that may be so.
FORMATS = {
    rb"(?i)\s*<(?:!doctype|html|head|body|\?xml)": (Text("网页", "a web page"), ()),
    rb"PK\x03\x04.{26}[^/]{1,200}/(?:\.data|\.format|byteorder|data\.pkl|version)|\x80.\x8a\x0al\xfc\x9cF\xf9": (
        Text(" PyTorch 文件", "a PyTorch file"),
        (".pt", ".pth"),
    ),
    rb"PK\x03\x04.{26}[^/]{1,200}\.npy|\x93NUMPY": (Text(" NumPy 文件", "a NumPy file"), (".npz",)),
    rb"\x89HDF\r\n": (Text(" HDF5 文件", "an HDF5 file"), (".h5",)),
    rb"\x80[\x02-\x05]": (Text(" pickle 文件", "a pickle file"), (".joblib", ".pdparams", ".pkl", ".pt", ".pth")),
    rb"\n.[\d.]+\x12\x09MindSpore": (Text(" MindIR 模型", "a MindIR model"), (".mindir",)),
    rb"\x08.\x12": (Text(" ONNX 模型", "an ONNX model"), (".onnx",)),
    rb".{4}\0{4}\{": (Text(" safetensors 文件", "a safetensors file"), (".safetensors",)),
    rb"\n[\x80-\xff]{0,4}[\0-\x7f]\n": (Text(" MindSpore 检查点", "a MindSpore checkpoint"), (".ckpt",)),
}
REMEDIES = {  # by what the name asks for
    ".ckpt": Text(
        "请在 MindSpore 中把参数加载到网络，再用 save_checkpoint 保存。",
        "Load its parameters into the network in MindSpore, and save the network with save_checkpoint.",
    )
}
AGAIN = Text("请重新下载或导出，再替换这个文件。", "Download or export it again, and replace the file.")
RENAME = Text(
    "请换成与后缀一致的文件，或改正后缀。",
    "Use a file of the format that the suffix stands for, or correct the suffix.",
)


class WeightsFault(NamedTuple):
    """What is wrong with a file of weights.

    what    what it is, to follow its name
    remedy  what to do now
    usable  whether a program of another kind could use it
    """

    what: Text
    remedy: Text
    usable: bool = False


def read_weights(name: str, file: str | Path) -> WeightsFault | None:
    """Return what is wrong with the content of a file for its name, or None; OSError where it cannot be read.

    Of a large file only the beginning, the end and the lengths of its parts are read.
    """
    suffix = posixpath.splitext(name)[1].lower()
    size = os.path.getsize(file)
    if not size:
        return WeightsFault(Text("是空的", "is empty"), AGAIN)
    with open(file, "rb") as content:
        head = content.read(HEAD)
        known = next((each for sign, each in FORMATS.items() if re.match(sign, head, re.DOTALL)), None)
        if known is None:
            return None
        what, suffixes = known
        if not suffixes:
            return WeightsFault(Text(f"是{what.zh}，不是权重", f"is {what.en}, not weights"), AGAIN)
        if not _is_whole(content, head, size, suffixes[0]):
            return WeightsFault(
                Text(f"是不完整的{what.zh}：{size} 字节之后还应有内容", f"is {what.en} cut off after {size} bytes"),
                AGAIN,
            )
    if suffix in suffixes or not any(suffix in each for _, each in FORMATS.values()):
        return None
    return WeightsFault(
        Text(f"是{what.zh}，与后缀 {suffix} 不符", f"is {what.en}, which does not match the suffix {suffix}"),
        REMEDIES.get(suffix, RENAME),
        usable=True,
    )


def _is_whole(content: BinaryIO, head: bytes, size: int, kind: str) -> bool:
    """Whether nothing is missing at the end, as far as this kind of file tells."""
    if head.startswith(b"PK"):
        content.seek(max(0, size - TAIL))
        return b"PK\x05\x06" in content.read()
    if kind == ".safetensors":
        return _measure_safetensors(content, head) <= size
    return kind != ".ckpt" or _ends_with_a_parameter(content, size)


def _measure_safetensors(content: BinaryIO, head: bytes) -> int:
    """Return how many bytes a safetensors file says that it has: its header, and the tensors up to the last."""
    length = int.from_bytes(head[:8], "little")
    content.seek(8)
    ends = re.findall(rb'"data_offsets"\s*:\s*\[\s*\d{1,18}\s*,\s*(\d{1,18})\s*\]', content.read(min(length, 1 << 26)))
    return 8 + length + max(map(int, ends), default=0)


def _ends_with_a_parameter(content: BinaryIO, size: int) -> bool:
    """Go from parameter to parameter, each a tag, its length and so many bytes; whether the last one ends the file."""
    place = 0
    for _ in range(MOST):
        content.seek(place)
        part = content.read(len(CRC) + 4)
        if not part or part.startswith(CRC):
            break
        length, shift, at = 0, 0, 1
        for each in part[1:]:
            length |= (each & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if each < 0x80:
                break
        place += at + length
    return place <= size
