"""Where the book's own files are to be read: their addresses in its repository."""

from __future__ import annotations

from sphinx.config import Config


def files_at(config: Config) -> str:
    """The address that a file's path is put behind. Without a repository it leads nowhere."""
    options = config.html_theme_options
    address: str = options.get("repository_url", "").rstrip("/")
    return f"{address}/blob/{options.get('repository_branch') or 'main'}"
