"""Train the lecture's Xception on the handwritten digits that scikit-learn ships, and see what int8 costs it.

    python examples/digits.py FOLDER [--epochs 4]

Training is PyTorch's; the weights go to ONNX in fp32 and in int8, and both are tried on digits that neither training nor
calibration saw. FOLDER gets the weights (digits.safetensors), the digits to calibrate on and those held out (.npy), and their
labels, so that ``modelspec compile`` can be tried on them.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import modelspec
from modelspec import weights
from modelspec.model import Model

SIDE = 16
SETTLING = 500
"""Batches without a step, after the last one."""
PARAMETERS = {"input_shape": [SIDE, SIDE, 3], "num_classes": 10}


def images(pixels: np.ndarray) -> np.ndarray:
    """Return digits of 8x8 in 0 to 16 as colour images of 16x16 in 0 to 255."""
    large = pixels.repeat(SIDE // 8, axis=1).repeat(SIDE // 8, axis=2) * (255 / 16)
    return np.repeat(large[..., None], 3, axis=-1).astype(np.float32)


def trained(x: np.ndarray, y: np.ndarray, epochs: int) -> Model:
    """Return the network after some epochs of Adam."""
    torch.manual_seed(0)
    model = modelspec.compile("xception", "torch", parameters=PARAMETERS)
    network = model.native.train()
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    order = np.random.default_rng(0)
    for epoch in range(epochs):
        losses = []
        for rows in np.array_split(order.permutation(len(x)), len(x) // 32):
            optimizer.zero_grad()
            chosen = network(torch.from_numpy(x[rows])).gather(1, torch.from_numpy(y[rows, None]))
            loss = -chosen.clamp_min(1e-7).log().mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}", flush=True)
    with torch.no_grad():  # moving statistics with a momentum of 0.99 follow slowly, one normalization after another
        for number in range(SETTLING):
            start = number * 32 % (len(x) - 32)
            network(torch.from_numpy(x[start : start + 32]))
    return model


def accuracy(model: Model, x: np.ndarray, y: np.ndarray) -> float:
    """Return the share of images whose best class is the right one."""
    return float((model(x)["predictions"].argmax(axis=1) == y).mean())


def main() -> None:
    """Train, compile, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    digits = load_digits()
    x, held_x, y, held_y = train_test_split(images(digits.images), digits.target, test_size=0.25, random_state=0)
    model = trained(x, y, options.epochs)
    options.folder.mkdir(parents=True, exist_ok=True)
    weights.write(options.folder / "digits.safetensors", model.weights(), "xception")
    for name, array in (("calibration", x[:256]), ("held_out", held_x), ("labels", held_y)):
        np.save(options.folder / f"{name}.npy", array)
    given = {"parameters": PARAMETERS, "weights": model.weights()}
    exact = modelspec.compile("xception", "onnx", **given)
    batches = ({"image": x[start : start + 16]} for start in range(0, 256, 16))
    small = modelspec.compile("xception", "onnx", **given, precision="int8", calibration=batches)
    same = (exact(held_x)["predictions"].argmax(axis=1) == small(held_x)["predictions"].argmax(axis=1)).mean()
    print(f"{len(held_x)} digits held out: fp32 {accuracy(exact, held_x, held_y):.4f}", end=", ")
    print(f"int8 {accuracy(small, held_x, held_y):.4f}; the same class in {same:.4f}")


if __name__ == "__main__":
    main()
