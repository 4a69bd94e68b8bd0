"""The wording of why drawings could not be labelled in bulk, and of the estimated accuracy."""

from recognizer.inference.percentages import percent
from training.review.service import BulkResult
from training.review.spot_checks import Estimate
from training.review.tally import Tally
from training.wording import percent_if_any


def not_done(result: BulkResult) -> list[str]:
    """A sentence for each reason why drawings were left as they are."""
    reasons = [
        (result.taken, "held by another reviewer just now"),
        (result.unclaimed, "left out: no answer to confirm, or picked at random"),
        (
            result.gone,
            "not for you to label: deleted, your own, or of people who opted out of training",
        ),
    ]
    return [f"{len(numbers)} {words}." for numbers, words in reasons if numbers]


def agreement_words(tally: Tally) -> str:
    """How often others agreed: "12 of 13 (92.3%)"; a dash if nobody was compared."""
    if not tally.compared:
        return "\N{EN DASH}"
    share = percent_if_any(tally.agreed / tally.compared)
    return f"{tally.agreed:,} of {tally.compared:,} ({share})"


def estimate_words(estimate: Estimate) -> dict[str, str]:
    """The share of answers that are right, and how sure that is."""
    if not estimate.count:
        none = "of those picked at random: none reviewed yet"
        return {"share": "\N{EN DASH}", "interval": none}
    low, high = map(percent, estimate.interval)
    words = f"of {estimate.count:,} picked at random; most likely between {low} and {high}"
    return {"share": percent_if_any(estimate.share), "interval": words}
