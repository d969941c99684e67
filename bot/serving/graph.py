"""Rasa's graph run by plain calls."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, List, Optional, Text, Tuple, Type

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage

from bot.serving import rules

LIGHTER: Dict[Type[GraphComponent], Type[GraphComponent]] = {RulePolicy: rules.RulePolicy}
"""Components of a trained model that we load as a class of our own, which does the same work faster."""


class PlainGraphRunner(GraphRunner):
    """Runs the nodes that a target needs, one after the other, in an order found once.

    Rasa runs its graph through dask, three times a message: planning and threads for a handful of calls
    that could not run at the same time anyway cost more than the calls.
    """

    def __init__(self, schema: GraphSchema, nodes: Dict[Text, GraphNode]) -> None:
        self._schema = schema
        self._nodes = nodes
        self._orders: Dict[Tuple[Text, ...], List[Text]] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: Optional[List[GraphNodeHook]] = None,
    ) -> PlainGraphRunner:
        """Every node made ready to run. Raises what the loading of a component raises."""
        nodes = {}
        for name, node in graph_schema.nodes.items():
            light = dataclasses.replace(node, uses=LIGHTER.get(node.uses, node.uses))
            nodes[name] = GraphNode.from_schema_node(name, light, model_storage, execution_context, hooks)
        return cls(graph_schema, nodes)

    def run(
        self, inputs: Optional[Dict[Text, Any]] = None, targets: Optional[List[Text]] = None
    ) -> Dict[Text, Any]:
        """What each target gives. Raises GraphRunError when the graph has a loop or an input is missing."""
        wanted = targets or self._schema.target_names
        done: Dict[Text, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._order(wanted):
            if name not in done:
                needs = self._schema.nodes[name].needs.values()
                done[name] = self._nodes[name](*[done.get(parent, parent) for parent in needs])
        return dict(done[name] for name in wanted)

    def _order(self, targets: List[Text]) -> List[Text]:
        """The targets and all they depend on, parents first."""
        key = tuple(targets)
        if key not in self._orders:
            order: List[Text] = []
            for target in targets:
                self._visit(target, (), order)
            self._orders[key] = order
        return self._orders[key]

    def _visit(self, name: Text, path: Tuple[Text, ...], order: List[Text]) -> None:
        if name in path:
            raise GraphRunError(f"The graph has a loop through '{name}'.")
        if name in order or name not in self._schema.nodes:  # placeholders of inputs are no nodes
            return
        for parent in self._schema.nodes[name].needs.values():
            self._visit(parent, (*path, name), order)
        order.append(name)
