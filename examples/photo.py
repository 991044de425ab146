"""Write a real photo to try models on: the flower that scikit-learn ships.

python examples/photo.py flower.jpg
"""

import sys

from PIL import Image
from sklearn.datasets import load_sample_image

path = sys.argv[1] if len(sys.argv) > 1 else "flower.jpg"
Image.fromarray(load_sample_image("flower.jpg")).save(path, quality=95)
print(path)
