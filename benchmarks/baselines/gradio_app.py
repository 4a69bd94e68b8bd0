"""The same network and preprocessing as a Gradio app: python gradio_app.py PORT."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import gradio  # noqa: E402
import torch  # noqa: E402

from benchmarks.baselines import shipped_network  # noqa: E402
from recognizer.ink import rasterize, strokes  # noqa: E402

CONCURRENCY = 8


def recognize(drawing: dict) -> dict:
    """The network's answer for strokes as the site's API takes them."""
    read = strokes.parse(drawing["strokes"], width=drawing["width"], height=drawing["height"])
    picture = rasterize.from_strokes(read, version=rasterize.DEFAULT_VERSION)
    image = torch.from_numpy(picture)[None, None].float() / 255
    with torch.inference_mode():
        answers = NETWORK.answers(image)
    probabilities = answers.probabilities[0].tolist()
    return {
        "digit": probabilities.index(max(probabilities)),
        "probabilities": probabilities,
        "is_digit": answers.is_digit.item(),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    NETWORK = shipped_network.load()
    app = gradio.Interface(
        recognize,
        gradio.JSON(),
        gradio.JSON(),
        api_name="recognize",
        concurrency_limit=CONCURRENCY,
    )
    app.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True)
