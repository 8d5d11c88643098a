"""What every training writes: the weights, and what the model card says of them."""

import hashlib

import mindspore as ms


def save_weights(network, path):
    """Write the network's weights as a MindSpore checkpoint that its owner may replace."""
    path.unlink(missing_ok=True)
    ms.save_checkpoint(network, str(path))
    path.chmod(0o644)  # MindSpore makes it read-only, for its owner alone


def digest(path):
    """Return the sha256 of a file, by which the model card names the weights that it describes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_results(results, folder):
    """Write {key: value} as folder/results.yml."""
    lines = "".join(f"{key}: {value}\n" for key, value in results.items())
    (folder / "results.yml").write_text(lines, encoding="utf-8")
