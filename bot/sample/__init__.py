"""Floor 0: the sample feeds that come with Vigie. Outlets, articles and addresses are invented; all hosts end in ``.example``."""

from bot.sample.snapshots import SAMPLE_FEEDS, STEPS, SampleFeed, snapshot

__all__ = ["SAMPLE_FEEDS", "STEPS", "SampleFeed", "snapshot"]
