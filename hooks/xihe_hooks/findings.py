"""What a check has to say: one fault, in both languages, with what to do about it."""

from typing import Literal, NamedTuple

MISUSE = 2  # exit code; 1 is for what was found
KINDS = ("project", "model")


class Text(NamedTuple):
    """One sentence or paragraph in Chinese and in English. Both say the same; neither is empty."""

    zh: str
    en: str


class Finding(NamedTuple):
    """One fault in one place.

    rule      id of the rule that found it, as `xihe-hooks rules` lists it
    path      file it is about, "/" between the parts, relative to the top of the repository; "" for the repository itself
    what      what is wrong, with the numbers and names that were seen
    remedy    what to do now, as a command where there is one
    severity  "error" where the platform fails, "warning" where it may; only errors stop a commit or a push
    line      line in the file, from 1, where there is one
    column    column in the line, from 1, where there is one
    eras      ids of the platform's eras that punish this, oldest first; empty when all of them do
    """

    rule: str
    path: str
    what: Text
    remedy: Text
    severity: Literal["error", "warning"] = "error"
    line: int | None = None
    column: int | None = None
    eras: tuple[str, ...] = ()
