"""The slash commands and menus, one file a group. Each gives a function that builds its commands over a ``Front``."""
