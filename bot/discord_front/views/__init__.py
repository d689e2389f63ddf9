"""Buttons: what happens when one is pressed. Everything they need stands in their custom_id, nothing is kept in memory."""
