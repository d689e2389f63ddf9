"""Routes of interaction callbacks and of their follow-ups (docs, interactions/receiving-and-responding)."""

from __future__ import annotations

from tests.standins.discord import command_rules, errors, posting, rules
from tests.standins.discord import interactions as ia
from tests.standins.discord import permissions as perms
from tests.standins.discord.errors import ApiError, FieldError, Json
from tests.standins.discord.interactions import Interaction
from tests.standins.discord.messages import Message, numbered
from tests.standins.discord.server import Call, Reply, Routes
from tests.standins.discord.state import State

W = "/webhooks/{webhook_id}/{webhook_token}"
FOLLOWUPS_OF_USER_INSTALL = 5


def callback(state: State, call: Call) -> Reply:
    """The first response. 10062 after three seconds or with a wrong token, 40060 when one was given."""
    interaction = state.interactions.get(call.id("interaction_id"))
    if interaction is None or interaction.token != call.params["interaction_token"]:
        raise errors.unknown_interaction()
    elapsed = state.monotonic() - interaction.created
    if interaction.response_type is not None:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    if elapsed > state.first_response_seconds:
        raise errors.unknown_interaction()
    kind = call.json.get("type")
    data: Json = call.json.get("data") or {}
    _check_kind(interaction, kind)
    message: Message | None = None
    if kind == ia.REPLY:
        message = posting.create(
            state,
            call,
            interaction.channel,
            data,
            prefix=("data",),
            interaction=interaction,
            ephemeral_for=_only_for(interaction, data),
        )
        interaction.original = message
    elif kind == ia.DEFER:
        flags = int(data.get("flags") or 0)
        if flags & ~rules.EPHEMERAL:
            problem = FieldError(
                ("data", "flags"), "BITFIELD_INVALID", "Only EPHEMERAL may be set on a deferred response"
            )
            raise errors.invalid_form([problem])
        message = posting.create(
            state,
            call,
            interaction.channel,
            {"flags": flags},
            prefix=("data",),
            interaction=interaction,
            ephemeral_for=_only_for(interaction, data),
            flags=rules.LOADING,
        )
        interaction.original = message
    elif kind in (ia.DEFER_UPDATE, ia.UPDATE):
        message = interaction.source or (interaction.parent.source if interaction.parent else None)
        assert message is not None
        if kind == ia.UPDATE:
            posting.edit(state, call, message, data, prefix=("data",), interaction=True)
        interaction.original = message
    elif kind == ia.CHOICES:
        choices = data.get("choices") or []
        problems = list(command_rules.choice_problems(choices, ("data", "choices"), str(interaction.option_type)))
        if problems:
            raise errors.invalid_form(problems)
    elif kind == ia.MODAL:
        problems = rules.modal_problems(data)
        if problems:
            raise errors.invalid_form(problems)
        data = data | {"components": list(numbered(data["components"], lambda url: {"url": url}))}
    interaction.response_type, interaction.response, interaction.elapsed = kind, data, elapsed
    interaction.changed()
    if call.query.get("with_response", "").lower() not in ("1", "true"):
        return 204, None
    return 200, _response(interaction, message)


def _response(interaction: Interaction, message: Message | None) -> Json:
    kind = interaction.response_type
    about: Json = {"id": str(interaction.id), "type": interaction.kind}
    answer: Json = {"interaction": about}
    if message is not None and kind not in (ia.DEFER_UPDATE,):
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": kind == ia.DEFER,
            "response_message_ephemeral": message.ephemeral_for is not None,
        }
        if kind != ia.DEFER:
            answer["resource"] = {"type": kind, "message": message.payload()}
    return answer


def _check_kind(interaction: Interaction, kind: int | None) -> None:
    """Which response fits which interaction."""
    on_message = interaction.source is not None or (
        interaction.parent is not None and interaction.parent.source is not None
    )
    fits = {
        ia.COMMAND: {ia.REPLY, ia.DEFER, ia.MODAL},
        ia.COMPONENT: {ia.REPLY, ia.DEFER, ia.DEFER_UPDATE, ia.UPDATE, ia.MODAL},
        ia.AUTOCOMPLETE: {ia.CHOICES},
        ia.MODAL_SUBMIT: {ia.REPLY, ia.DEFER} | ({ia.DEFER_UPDATE, ia.UPDATE} if on_message else set()),
    }[interaction.kind]
    if kind not in fits:
        problem = FieldError(
            ("type",), "INTERACTION_CALLBACK_TYPE_INVALID", f"Type {kind} cannot answer this interaction"
        )
        raise errors.invalid_form([problem])


def _only_for(interaction: Interaction, data: Json) -> int | None:
    """The user who alone sees a response: asked for by the flag, or forced without USE_EXTERNAL_APPS (docs, topics/permissions)."""
    if ia.is_ephemeral(data):
        return interaction.user.id
    if interaction.guild is not None and "0" not in interaction.owners:
        theirs = interaction.channel.permissions_for(interaction.user)
        if not perms.has(theirs, "use_external_apps"):
            return interaction.user.id
    return None


def _by_token(state: State, call: Call) -> Interaction:
    """The answered interaction whose token the address carries. Raises ApiError 10015, 50027."""
    if call.id("webhook_id") != state.bot.id:
        raise errors.unknown_webhook()
    interaction = state.by_token.get(call.params["webhook_token"])
    if interaction is None or interaction.response_type is None:
        raise errors.unknown_webhook()
    if state.monotonic() - interaction.created > ia.TOKEN_SECONDS:
        raise ApiError(401, 50027, "Invalid Webhook Token")
    return interaction


def _filled(state: State, interaction: Interaction) -> None:
    if interaction.deferred and interaction.resolved_at is None:
        interaction.resolved_at = state.monotonic() - interaction.created
    interaction.changed()


def follow_up(state: State, call: Call) -> Reply:
    interaction = _by_token(state, call)
    original = interaction.original
    if (
        interaction.response_type == ia.DEFER
        and original
        and original.now.flags & rules.LOADING
        and not original.deleted
    ):
        # deprecated but so: the first follow-up fills the placeholder and keeps its ephemeral state
        posting.edit(state, call, original, call.json, interaction=True)
        _filled(state, interaction)
        return 200, original.payload()
    if "0" not in interaction.owners and interaction.guild and len(interaction.followups) >= FOLLOWUPS_OF_USER_INSTALL:
        raise ApiError(400, 40094, "This interaction has reached the maximum number of follow-up messages")
    message = posting.create(
        state,
        call,
        interaction.channel,
        call.json,
        interaction=interaction,
        ephemeral_for=_only_for(interaction, call.json),
    )
    interaction.followups.append(message)
    _filled(state, interaction)
    return 200, message.payload()


def _target(state: State, call: Call, interaction: Interaction) -> Message:
    if "message_id" in call.params:
        wanted = call.id("message_id")
        every = [*interaction.followups, *([interaction.original] if interaction.original else [])]
        message = next((m for m in every if m.id == wanted), None)
    else:
        message = interaction.original
    if message is None or message.deleted:
        raise errors.unknown_message()
    return message


def get_response(state: State, call: Call) -> Reply:
    return 200, _target(state, call, _by_token(state, call)).payload()


def edit_response(state: State, call: Call) -> Reply:
    interaction = _by_token(state, call)
    message = _target(state, call, interaction)
    posting.edit(state, call, message, call.json, interaction=True)
    _filled(state, interaction)
    return 200, message.payload()


def delete_response(state: State, call: Call) -> Reply:
    interaction = _by_token(state, call)
    message = _target(state, call, interaction)
    message.deleted = True
    if message is interaction.original:
        interaction.original_deleted = True
    _filled(state, interaction)
    return 204, None


ROUTES: Routes = {
    ("POST", "/interactions/{interaction_id}/{interaction_token}/callback"): callback,
    ("POST", W): follow_up,
    ("GET", W + "/messages/@original"): get_response,
    ("PATCH", W + "/messages/@original"): edit_response,
    ("DELETE", W + "/messages/@original"): delete_response,
    ("GET", W + "/messages/{message_id}"): get_response,
    ("PATCH", W + "/messages/{message_id}"): edit_response,
    ("DELETE", W + "/messages/{message_id}"): delete_response,
}
