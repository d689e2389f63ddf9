"""All that the stand-in knows: the world, the bot's application and commands, and the records that tests read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.standins.discord import gateway as gw
from tests.standins.discord.errors import FieldError, Json
from tests.standins.discord.faults import Fault
from tests.standins.discord.ids import Snowflakes
from tests.standins.discord.limits import RateLimits
from tests.standins.discord.mentions import Ping
from tests.standins.discord.messages import File, Message
from tests.standins.discord.schema import OpenApi
from tests.standins.discord.world import Channel, Guild, User

if TYPE_CHECKING:
    from tests.standins.discord.interactions import Interaction
    from tests.standins.discord.server import Call

REQUEST_BOUND = 20_000


@dataclass(frozen=True, slots=True)
class Violation:
    """A request that broke a rule. ``kind``: "schema" (OpenAPI document), "rule" (spans fields), "house" (answered normally)."""

    kind: str
    method: str
    route: str
    path: str
    code: str
    message: str


@dataclass(slots=True)
class Request:
    """One request as it came and was answered; ``status`` 0: its connection was dropped. ``at`` in monotonic seconds."""

    at: float
    method: str
    route: str
    path: str
    body: Any
    status: int | None = None
    answer: Any = None


@dataclass(eq=False)
class State:
    """One Discord with one bot. Not thread-safe: everything runs in one event loop."""

    token: str
    now: Callable[[], float]
    monotonic: Callable[[], float]
    shards: int = 1
    heartbeat_interval: float = 41.25
    resume_window: float = 120.0
    identify_interval: float = 0.0
    max_concurrency: int = 1
    allowed_intents: int = 0
    nonce_window: float = 300.0
    nonce_per_channel: bool = False
    first_response_seconds: float = 3.0
    openapi: OpenApi | None = None
    base_url: str = ""
    violations: list[Violation] = field(default_factory=list)
    pings: list[Ping] = field(default_factory=list)
    requests: deque[Request] = field(default_factory=lambda: deque(maxlen=REQUEST_BOUND))
    unhandled: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    """Exceptions inside the stand-in itself: always a defect of it."""
    invalid_requests: int = 0
    """401, 403 and 429 except shared: 10,000 in ten minutes would ban the address (docs, topics/rate-limits)."""
    faults: list[Fault] = field(default_factory=list)
    guilds: dict[int, Guild] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    dms: dict[int, Channel] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    files: dict[int, File] = field(default_factory=dict)
    interactions: dict[int, Interaction] = field(default_factory=dict)
    by_token: dict[str, Interaction] = field(default_factory=dict)
    global_commands: list[Json] = field(default_factory=list)
    guild_commands: dict[int, list[Json]] = field(default_factory=dict)
    syncs: int = 0
    """Bulk overwrites of commands."""
    nonces: dict[tuple[int, str], tuple[float, int]] = field(default_factory=dict)
    typing: list[int] = field(default_factory=list)
    down: bool = False

    def __post_init__(self) -> None:
        self.ids = Snowflakes(self.now)
        self.limits = RateLimits(self.monotonic, self.now)
        self.bot = User(self.ids.next(), "vigie", bot=True)
        self.users[self.bot.id] = self.bot
        self.owner = User(self.ids.next(), "operator")
        self.users[self.owner.id] = self.owner
        self.gateway = gw.Gateway(self, self.monotonic)

    # -- looking up --------------------------------------------------------------------------------------------------

    def channel(self, channel_id: int) -> Channel | None:
        """A channel, thread or direct-message channel that is not deleted."""
        found = self.dms.get(channel_id)
        for guild in self.guilds.values() if found is None else ():
            found = guild.channels.get(channel_id) or guild.threads.get(channel_id)
            if found:
                break
        if found is None or found.deleted or (found.parent and found.parent.deleted and found.is_thread):
            return None
        return found

    def dm_with(self, user: User) -> Channel:
        """The direct-message channel with ``user``, opened if need be."""
        for channel in self.dms.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.ids.next(), 1, recipient=user)
        self.dms[channel.id] = channel
        return channel

    def commands_in(self, guild: Guild | None) -> list[Json]:
        local = self.guild_commands.get(guild.id, []) if guild else []
        return [*local, *self.global_commands]

    # -- records -----------------------------------------------------------------------------------------------------

    def remember(self, message: Message) -> None:
        message.base_url = self.base_url
        self.messages[message.id] = message

    def violate(self, kind: str, call: Call, problem: FieldError) -> None:
        self.violations.append(Violation(kind, call.method, call.route, problem.where, problem.code, problem.message))

    # -- events ------------------------------------------------------------------------------------------------------

    def guild_event(self, event: str, guild: Guild, data: Json) -> None:
        if guild.bot_present:
            self.gateway.dispatch(event, data, guild_id=guild.id, intent=gw.GUILDS)

    def message_event(self, event: str, message: Message) -> None:
        guild = message.channel.guild
        if guild and not guild.bot_present:
            return
        data = message.payload(with_nonce=event == "MESSAGE_CREATE")
        if guild:
            data["guild_id"] = str(guild.id)
        intent = gw.GUILD_MESSAGES if guild else gw.DIRECT_MESSAGES
        self.gateway.dispatch(event, data, guild_id=guild.id if guild else None, intent=intent)

    # -- what the gateway asks ---------------------------------------------------------------------------------------

    def _guilds_of(self, session: gw.Session) -> list[Guild]:
        return [g for g in self.guilds.values() if g.bot_present and (g.id >> 22) % session.count == session.shard]

    def ready_payload(self, session: gw.Session) -> Json:
        return {
            "v": 10,
            "user": self.bot.payload() | {"verified": True, "mfa_enabled": True, "email": None},
            "guilds": [{"id": str(g.id), "unavailable": True} for g in self._guilds_of(session)],
            "session_id": session.id,
            "resume_gateway_url": self.gateway_url,
            "session_type": "normal",
            "shard": [session.shard, session.count],
            "application": {"id": str(self.bot.id), "flags": 0},
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "user_settings": {},
            "geo_ordered_rtc_regions": [],
            "_trace": ["stand-in"],
        }

    def guild_events(self, session: gw.Session) -> Iterator[Json]:
        for guild in self._guilds_of(session):
            if guild.available:
                yield guild.create_event(self.bot)

    def members_chunk(self, data: Json) -> Iterator[Json]:
        guild_id = data.get("guild_id")
        guild = self.guilds.get(int(guild_id[0] if isinstance(guild_id, list) else guild_id or 0))
        if guild is None:
            return
        wanted = data.get("user_ids")
        ids = {int(x) for x in (wanted if isinstance(wanted, list) else [wanted])} if wanted else None
        query = str(data.get("query") or "").lower()
        found = [
            m.payload()
            for m in guild.members.values()
            if (m.user.id in ids if ids is not None else m.user.name.lower().startswith(query))
        ]
        chunk: Json = {"guild_id": str(guild.id), "members": found, "chunk_index": 0, "chunk_count": 1, "not_found": []}
        if data.get("nonce"):
            chunk["nonce"] = data["nonce"]
        yield chunk

    @property
    def gateway_url(self) -> str:
        return self.base_url.replace("http", "ws", 1) + "/gateway"

    def application(self) -> Json:
        """The bot's application (docs, resources/application)."""
        return {
            "id": str(self.bot.id),
            "name": "Vigie",
            "icon": None,
            "description": "",
            "summary": "",
            "type": None,
            "bot": self.bot.payload(),
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "flags_new": "0",
            "hook": True,
            "is_monetized": False,
            "is_verified": False,
            "is_discoverable": False,
            "storefront_available": False,
            "event_webhooks_status": 1,
            "event_webhooks_url": None,
            "event_webhooks_types": [],
            "explicit_content_filter": 0,
            "creator_monetization_state": 1,
            "internal_guild_restriction": 1,
            "integration_public": True,
            "integration_require_code_grant": False,
            "rpc_application_state": 0,
            "store_application_state": 1,
            "verification_state": 1,
            "interactions_event_types": [],
            "interactions_version": 1,
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "eligible_oauth2_scopes": [],
            "redirect_uris": [],
            "rpc_origins": [],
            "monetization_state": 1,
            "monetization_eligibility_flags": 0,
            "approximate_guild_count": sum(g.bot_present for g in self.guilds.values()),
            "approximate_user_install_count": sum(u.installed for u in self.users.values()),
            "approximate_user_authorization_count": 0,
            "integration_types_config": {"0": {}, "1": {}},
            "owner": self.owner.payload(),
            "team": None,
        }
