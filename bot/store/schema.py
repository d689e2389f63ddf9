"""The tables, one definition for both engines. A change here needs a migration (docs of ``bot/store/migrations``); a test compares the two.

The full-text index is not here: it differs by engine and is made by the migrations (see ``bot/store/search.py``).
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
)

from bot.store.columns import Id, SafeText, UtcTime

REVISION = "0001"
"""The newest of the migrations, by which a database that needs none is known without loading Alembic (a test compares)."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key() -> Column[int]:
    return Column("id", Id, primary_key=True)


def _own_key() -> Column[int]:
    """A key that the caller makes."""
    return Column("id", Id, primary_key=True, autoincrement=False)


# --- feeds ----------------------------------------------------------------------------------------------------------------

feeds = Table(
    "feeds",
    metadata,
    _key(),
    Column("url", SafeText, nullable=False, unique=True),
    Column("catalogue_url", SafeText, unique=True),  # as the operator's list writes it; url may have moved on
    Column("title", SafeText, nullable=False),
    Column("language", SafeText),
    Column("country", SafeText),
    Column("kind", SafeText, nullable=False),
    Column("note", SafeText),
    Column("family", SafeText),
    Column("interval_s", Integer),
    Column("state", SafeText, nullable=False),
    Column("etag", SafeText),
    Column("last_modified", SafeText),
    Column("validators_url", SafeText),
    Column("body_hash", SafeText),
    Column("first_fetched", UtcTime),
    Column("next_check", UtcTime),
    Column("last_checked", UtcTime),
    Column("last_success", UtcTime),
    Column("last_error", SafeText),
    Column("failing_since", UtcTime),
    Column("errors", Integer, nullable=False, server_default="0"),
    Column("delay_s", Float),
    Column("entries_week", Integer, nullable=False, server_default="0"),
    Column("redirect_url", SafeText),
    Column("redirect_since", UtcTime),
    Column("redirect_count", Integer, nullable=False, server_default="0"),
    Column("claimed_by", SafeText),
    Column("claimed_until", UtcTime),
    Index(None, "state", "next_check"),
    sqlite_autoincrement=True,  # the number of a removed feed is never given to another
)

feed_guilds = Table(
    "feed_guilds",
    metadata,
    Column("feed_id", Id, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("guild_id", Id, nullable=False),
    Column("added_by", Id),
    Column("added", UtcTime, nullable=False),
    PrimaryKeyConstraint("feed_id", "guild_id"),
    Index(None, "guild_id"),
)

# Apart from feed_guilds, so that adding and removing in turn does not go round the hourly allowance (rule 63).
feed_adds = Table(
    "feed_adds",
    metadata,
    _key(),
    Column("guild_id", Id, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "guild_id", "at"),
)

feed_lines = Table(
    "feed_lines",
    metadata,
    _key(),
    Column("feed_id", Id, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("status", Integer),
    Column("bytes", Id, nullable=False),
    Column("ms", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("next_check", UtcTime),
    Column("reason", SafeText),
    Index(None, "feed_id", "id"),
)

# --- what was read --------------------------------------------------------------------------------------------------------

stories = Table(
    "stories",
    metadata,
    _own_key(),
    Column("opened", UtcTime, nullable=False),
    Column("changed", UtcTime, nullable=False, index=True),
    Column("concepts", SafeText, nullable=False, server_default="[]"),
    # Always the final story, never a chain: merging rewrites the earlier ones.
    Column("merged_into", Id, ForeignKey("stories.id", ondelete="CASCADE")),
    Index(None, "merged_into", "changed"),  # the latest stories are those merged into none
)

articles = Table(
    "articles",
    metadata,
    _own_key(),
    Column("title", SafeText, nullable=False),
    Column("summary", SafeText, nullable=False),
    Column("lang", SafeText),
    Column("url", SafeText, nullable=False),
    Column("canonical", SafeText, nullable=False),
    Column("source", SafeText, nullable=False),
    Column("published", UtcTime, nullable=False, index=True),
    Column("seen", UtcTime, nullable=False, index=True),
    Column("feed_id", Id, ForeignKey("feeds.id", ondelete="SET NULL"), index=True),
    Column("edited", UtcTime),
    Index(None, "canonical"),
    Index(None, "url"),
)

# Apart from the articles: long, and read only for the window and the search.
article_texts = Table(
    "article_texts",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("features", SafeText, nullable=False),
    Column("terms", SafeText, nullable=False),
)

placements = Table(
    "placements",
    metadata,
    _key(),  # the order in which the articles were placed
    Column("article_id", Id, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, unique=True),
    # Deferred: an article and the story it opens may be written in either order.
    Column(
        "story_id",
        Id,
        ForeignKey("stories.id", deferrable=True, initially="DEFERRED"),
        nullable=False,
        index=True,
    ),
    Column("opened", Boolean, nullable=False),
    Column("similarity", Float, nullable=False),
    Column("merged", SafeText, nullable=False),
    Column("evidence", SafeText, nullable=False),
    Column("novelty", SafeText, nullable=False),
    Column("copy_of", Id),  # no foreign key: it stays true after that article's time is up
    Column("pinned", Boolean, nullable=False),
)

seen_entries = Table(
    "seen_entries",
    metadata,
    Column("feed_id", Id, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("key", SafeText, nullable=False),
    Column("canonical", SafeText, nullable=False),
    Column("title", SafeText, nullable=False),
    Column("hash", SafeText, nullable=False),
    Column("published", UtcTime),
    Column("first_seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False, index=True),
    Column("article_id", Id, ForeignKey("articles.id", ondelete="SET NULL"), index=True),
    Column("edits", Integer, nullable=False),
    PrimaryKeyConstraint("feed_id", "key"),
    Index(None, "feed_id", "canonical"),
    Index(None, "feed_id", "first_seen"),
)

# --- what people want -----------------------------------------------------------------------------------------------------

watches = Table(
    "watches",
    metadata,
    _own_key(),
    Column("owner_kind", SafeText, nullable=False),
    Column("owner_id", Id, nullable=False),
    Column("phrase", SafeText, nullable=False),
    Column("lang", SafeText),
    Column("strictness", SafeText, nullable=False),
    Column("exclude", SafeText, nullable=False),
    Column("languages", SafeText, nullable=False),
    Column("preset", SafeText),
    Column("created", UtcTime),
    Column("created_by", Id, index=True),
    Column("paused", Boolean, nullable=False),
    Column("version", Id, nullable=False, index=True),  # of the change counter, when it last changed
    Index(None, "owner_kind", "owner_id"),
)

removed_watches = Table(
    "removed_watches",
    metadata,
    Column("watch_id", Id, primary_key=True, autoincrement=False),
    Column("version", Id, nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", SafeText, primary_key=True),
    Column("value", Id, nullable=False),
)

destinations = Table(
    "destinations",
    metadata,
    _own_key(),
    Column("place", SafeText, nullable=False, unique=True),  # what makes two destinations the same place
    Column("kind", SafeText, nullable=False),
    Column("guild_id", Id, index=True),
    Column("channel_id", Id),
    Column("user_id", Id),
    Column("language", SafeText, nullable=False),
    Column("timezone", SafeText, nullable=False),
    Column("quiet_start", SafeText),
    Column("quiet_end", SafeText),
    Column("budget", Integer),
    Column("blocked_code", Integer),
    Column("blocked_since", UtcTime),
    Column("blocked_notified", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    _key(),
    Column("watch_id", Id, ForeignKey("watches.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("destination_id", Id, ForeignKey("destinations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("mode", SafeText, nullable=False),
    Column("mention_role", Id),
)

digest_schedules = Table(
    "digest_schedules",
    metadata,
    _own_key(),
    Column("destination_id", Id, ForeignKey("destinations.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("times", SafeText, nullable=False),
    Column("days", SafeText, nullable=False),
    Column("timezone", SafeText, nullable=False),
    Column("cursor", UtcTime),
)

# --- what came of it ------------------------------------------------------------------------------------------------------

matches = Table(
    "matches",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    Column("watch_id", Id, ForeignKey("watches.id", ondelete="CASCADE"), nullable=False),
    Column("score", Float, nullable=False),
    Column("hits", SafeText, nullable=False),
    PrimaryKeyConstraint("article_id", "watch_id"),
    Index(None, "watch_id", "article_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _own_key(),
    Column("key", SafeText, nullable=False, unique=True),
    Column("kind", SafeText, nullable=False),
    Column("destination_id", Id, ForeignKey("destinations.id", ondelete="CASCADE"), nullable=False),
    Column("story_id", Id, ForeignKey("stories.id", ondelete="SET NULL"), index=True),
    Column("nonce", SafeText, nullable=False, unique=True),
    Column("state", SafeText, nullable=False),
    Column("created", UtcTime, nullable=False, index=True),
    Column("due", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_attempt", UtcTime),
    Column("reason", SafeText),
    Column("sent", UtcTime),
    Column("channel_id", Id),
    Column("message_id", Id, index=True),
    Column("thread_id", Id),
    Column("wanted", Integer, nullable=False),
    Column("shown", Integer, nullable=False),
    Column("edit_due", UtcTime),
    Column("last_edit", UtcTime),
    Column("watch_ids", SafeText, nullable=False),
    Column("payload", SafeText),
    Column("claimed_by", SafeText),
    Column("claimed_until", UtcTime),
    Index(None, "state", "due", "id"),
    Index(None, "state", "edit_due"),  # or a look for edits would read everything that was sent in 30 days
    # Whole, or SQLite would look for a place's earlier ones among all that is due (50 ms a claim in a backlog of 10,000).
    Index(None, "destination_id", "state", "due", "id"),
)

delivery_log = Table(
    "delivery_log",
    metadata,
    _key(),
    Column("delivery_id", Id, ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("from_state", SafeText),
    Column("to_state", SafeText, nullable=False),
    Column("reason", SafeText),
)

# --- people ---------------------------------------------------------------------------------------------------------------

member_settings = Table(
    "member_settings",
    metadata,
    Column("user_id", Id, primary_key=True, autoincrement=False),
    Column("language", SafeText),
    Column("timezone", SafeText),
    Column("quiet_start", SafeText),
    Column("quiet_end", SafeText),
    Column("budget", Integer),
)

member_looks = Table(
    "member_looks",
    metadata,
    Column("user_id", Id, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
)

guild_settings = Table(
    "guild_settings",
    metadata,
    Column("guild_id", Id, primary_key=True, autoincrement=False),
    Column("language", SafeText, nullable=False),
    Column("timezone", SafeText, nullable=False),
    Column("welcomed", Boolean, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("destination_id", Id, ForeignKey("destinations.id", ondelete="CASCADE"), nullable=False),
    Column("story_id", Id, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
    Column("mark", SafeText, nullable=False),
    PrimaryKeyConstraint("destination_id", "story_id"),
    Index(None, "story_id"),
)

feedback = Table(
    "feedback",
    metadata,
    _own_key(),
    Column("watch_id", Id, ForeignKey("watches.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("user_id", Id, nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("before", SafeText, nullable=False),
    Column("after", SafeText, nullable=False),
    Column("article_id", Id, ForeignKey("articles.id", ondelete="SET NULL"), index=True),
)

# --- the house itself -----------------------------------------------------------------------------------------------------

leases = Table(
    "leases",
    metadata,
    Column("name", SafeText, primary_key=True),
    Column("holder", SafeText, nullable=False),
    Column("until", UtcTime, nullable=False),
)
