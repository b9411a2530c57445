"""What a query costs."""

from collections.abc import Callable, Mapping
from typing import cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)
from graphql.type import GraphQLInterfaceType, GraphQLNamedType

MUTATION_COST = 10
CONNECTION_COST = 2
Variables = Mapping[str, object]
Price = Callable[[Variables], int]


class CostTable:
    """Turns one operation into a function from its variables to its requested cost."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        definitions = document.definitions
        self._fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}

    def price(self, operation: OperationDefinitionNode) -> Price:
        mutation = operation.operation is OperationType.MUTATION
        root = self._schema.mutation_type if mutation else self._schema.query_type
        inner = self._selections(cast("GraphQLNamedType", root), operation.selection_set)
        roots = len(operation.selection_set.selections)
        return (lambda _: MUTATION_COST * roots) if mutation else inner

    def _selections(self, parent: GraphQLNamedType, selections: SelectionSetNode) -> Price:
        prices = [self._selection(parent, selection) for selection in selections.selections]
        return lambda variables: sum(price(variables) for price in prices)

    def _selection(self, parent: GraphQLNamedType, selection: object) -> Price:
        if isinstance(selection, FieldNode):
            return self._field(parent, selection)
        if isinstance(selection, FragmentSpreadNode):
            fragment = self._fragments[selection.name.value]
            return self._selections(self._named(fragment.type_condition.name.value), fragment.selection_set)
        inline = cast("InlineFragmentNode", selection)
        condition = inline.type_condition
        return self._selections(
            self._named(condition.name.value) if condition else parent, inline.selection_set
        )

    def _named(self, name: str) -> GraphQLNamedType:
        return cast("GraphQLNamedType", self._schema.get_type(name))

    def _field(self, parent: GraphQLNamedType, node: FieldNode) -> Price:
        fields = parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else {}
        definition = fields.get(node.name.value)
        named = get_named_type(definition.type) if definition else None
        if named is None or not is_composite_type(named) or node.selection_set is None:
            return lambda _: 0
        inner = self._selections(named, node.selection_set)
        if named.name.endswith("Connection"):
            size = _page_size(node)
            return lambda variables: CONNECTION_COST + size(variables) * inner(variables)
        own = 0 if named.name.endswith("Edge") or named.name == "PageInfo" else 1
        many = _named_ones(node)
        return lambda variables: many(variables) * (own + inner(variables))


def _page_size(node: FieldNode) -> Price:
    for argument in node.arguments or ():
        if argument.name.value in ("first", "last"):
            if isinstance(argument.value, IntValueNode):
                fixed = int(argument.value.value)
                return lambda _: fixed
            if isinstance(argument.value, VariableNode):
                name = argument.value.name.value
                return lambda variables: _whole(variables.get(name))
    return lambda _: 1


def _named_ones(node: FieldNode) -> Price:
    """`nodes` costs for each id that it is given."""
    for argument in node.arguments or ():
        if argument.name.value == "ids" and isinstance(argument.value, VariableNode):
            name = argument.value.name.value
            return lambda variables: _length(variables.get(name))
        if argument.name.value == "ids" and isinstance(argument.value, ListValueNode):
            number = len(argument.value.values)
            return lambda _: number
    return lambda _: 1


def _length(value: object) -> int:
    return len(value) if isinstance(value, list) else 1


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 1


def actual_cost(data: object) -> int:
    """What the answer really held: one for each object that is a node of its own."""
    if isinstance(data, list):
        return sum(actual_cost(item) for item in data)
    if not isinstance(data, dict):
        return 0
    wrapper = "nodes" in data or "edges" in data or "node" in data or "hasNextPage" in data
    return (0 if wrapper else 1) + sum(
        actual_cost(value) for value in data.values() if isinstance(value, dict | list)
    )
