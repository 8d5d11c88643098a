"""All rules, in the order in which they are listed."""

from __future__ import annotations

from xihe_hooks.rules import app, blobs, config, gradio, layout, model, requirements, secrets
from xihe_hooks.rules.rule import Rule

MODULES = (layout, config, requirements, app, gradio, blobs, secrets, model)


def _of(module: object) -> list[Rule]:
    classes = (each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Rule))
    return [each() for each in classes if each is not Rule]


RULES: tuple[Rule, ...] = tuple(rule for module in MODULES for rule in _of(module))


def every() -> tuple[Rule, ...]:
    """All rules, those of a push as well: they read what it would bring, so only a push runs them."""
    from xihe_hooks.rules import push

    return (*RULES, *push.RULES)
