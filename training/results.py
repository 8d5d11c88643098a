"""What every training writes: the weights, and what the model card says of them."""

import mindspore as ms


def save_weights(network, path):
    """Write the network's weights as a MindSpore checkpoint that its owner may replace."""
    path.unlink(missing_ok=True)
    ms.save_checkpoint(network, str(path))
    path.chmod(0o644)  # MindSpore makes it read-only, for its owner alone


def write_results(results, folder):
    """Write {key: value} as folder/results.yml."""
    lines = "".join(f"{key}: {value}\n" for key, value in results.items())
    (folder / "results.yml").write_text(lines, encoding="utf-8")
