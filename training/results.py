"""What every training writes: the weights, and what the model card says of them."""

import hashlib
import sys

import mindspore as ms


def save_weights(network, path):
    """Write the network's weights as a MindSpore checkpoint that its owner may replace."""
    path.unlink(missing_ok=True)
    ms.save_checkpoint(network, str(path))
    path.chmod(0o644)  # MindSpore makes it read-only, for its owner alone


def digest(path):
    """Return the sha256 of a file, by which the model card names the weights that it describes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def conclude(results, folder, least):
    """Write {key: value}, an accuracy and the release of MindSpore among it, as folder/results.yml; exit below the least accuracy."""
    accuracy = float(results["accuracy"])
    results = {**results, "accuracy": round(accuracy, 4), "mindspore": ms.__version__}
    if (folder / "best.ckpt").exists():
        results["sha256"] = digest(folder / "best.ckpt")
    lines = "".join(f"{key}: {value}\n" for key, value in results.items())
    (folder / "results.yml").write_text(lines, encoding="utf-8")
    if accuracy < least:
        sys.exit(f"An accuracy of {accuracy:.2%} on what was held out is below {least:.2%}.")
