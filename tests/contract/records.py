"""The recorded acts, and the acts that the assistant's files say it can emit."""

import ast
import json
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTS = Path(__file__).with_name("acts")


def recorded() -> list[dict[str, Any]]:
    """Every recorded act; a file holds the acts of one kind."""
    return [act for file in sorted(ACTS.glob("*.json")) for act in json.loads(file.read_text("utf-8"))]


def domain_acts() -> dict[str, dict[str, Any]]:
    """The acts of domain.yml by response, as they are before the message completes them."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    return {
        name: variant["custom"]
        for name, variants in domain["responses"].items()
        for variant in variants
        if "custom" in variant
    }


def action_acts() -> dict[str, dict[str, list[Any]]]:
    """Where the actions write an act, and its fields with the constants each can take."""
    acts = {}
    for file in sorted((ROOT / "actions").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Dict) and any(_constant(key) == "act" for key in node.keys):
                fields = {
                    _constant(key): [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
                    for key, value in zip(node.keys, node.values, strict=True)
                }
                acts[f"{file.name}:{node.lineno}"] = fields
    return acts


def form_keys() -> set[str]:
    """The set phrases named in the actions, wherever they stand."""
    found = set()
    for file in (ROOT / "actions").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and str(node.value).startswith("signalement_"):
                found.add(node.value)
    return found


def _constant(node: ast.expr | None) -> Any:
    return node.value if isinstance(node, ast.Constant) else None
