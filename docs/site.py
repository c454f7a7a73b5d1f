"""What the site has beside the pages of this folder: the README first, how to contribute, the license.

A hook of mkdocs (`mkdocs.yml`). The three stand at the root of the project, where people look for them; their
links, and those to them, are bent to where they stand on the site.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "LICENSE": "license.md"}


def on_config(config: Any) -> Any:
    """Put every page of a generated folder into the navigation, behind the folder's first one."""
    for part in config.nav:
        for pages in part.values() if isinstance(part, dict) else ():
            folder = str(pages[0]).removesuffix("/README.md")
            if len(pages) == 1 and folder != pages[0]:
                found = sorted((ROOT / "docs" / folder).glob("*.md"))
                pages += [f"{folder}/{page.name}" for page in found if page.name != "README.md"]
    return config


def on_files(files: Files, config: Any) -> Files:
    for name, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Bend links: at the root ``docs/x.md`` is ``x.md``, in ``docs`` the README is ``../README.md``."""
    if page.file.src_uri not in PAGES.values():
        for name, target in PAGES.items():
            markdown = markdown.replace(f"](../{name}", f"]({target}")
        return re.sub(r"\[([^\]]+)\]\(\.\./\w+/[^)]+\)", r"\1", markdown)  # what the site does not have
    markdown = re.sub(r"(\]\(|src=\")docs/", r"\1", markdown)
    for name, target in PAGES.items():
        markdown = markdown.replace(f"]({name}", f"]({target}")
    return markdown
