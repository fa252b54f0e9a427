"""Files of rules: each serves some languages, with regular expressions in `[[rule]]` tables."""

import functools
import re
import tomllib
from pathlib import Path
from typing import Any

RULES_FOLDER = Path(__file__).parent.parent / "data" / "rules"


@functools.cache
def read_rule_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the files of a folder by their names without suffix, in the order of these.

    Example:
      >>> sorted(read_rule_files(RULES_FOLDER)["id"])[:3]
      ['languages', 'offices', 'openers']
    """
    return {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.toml"))
    }


@functools.cache
def rule_pattern(name: str, written: str, flags: int) -> re.Pattern[str]:
    """Return what a rule looks for, compiled when it is first asked: most never are.

    Args:
      name: Of the rule.
      written: Its regular expression.
      flags: As of `re.compile`.

    Raises:
      ValueError: It is not a regular expression.

    Example:
      >>> rule_pattern("id_scroll", "scroll", re.IGNORECASE).search("SCROLL TO").group()
      'SCROLL'
    """
    try:
        return re.compile(written, flags)
    except re.error as error:
        raise ValueError(f"rule {name}: {error}") from error
