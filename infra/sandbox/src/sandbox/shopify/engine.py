"""Executes Admin GraphQL: each query text is parsed, validated and priced once, then only run."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    ListValueNode,
    OperationDefinitionNode,
    Visitor,
    build_schema,
    execute_sync,
    parse,
    validate,
    visit,
)

from sandbox.shopify.cost import CostTable, Price, Variables

REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class Prepared:
    """One query text, ready to run; `errors` are why it never will."""

    document: DocumentNode | None
    errors: list[GraphQLError]
    operations: dict[str, OperationDefinitionNode]
    prices: dict[str, Price]
    longest_list: int = 0
    """Elements of the longest array written into the text."""

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        if name is not None:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None

    def price(self, name: str | None) -> Price:
        return self.prices[name] if name is not None else next(iter(self.prices.values()))


class _ListCounter(Visitor):
    """Finds the longest array among the arguments of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0

    def enter_list_value(self, node: ListValueNode, *_: object) -> None:
        self.longest = max(self.longest, len(node.values))


class Engine:
    """Shopify's schema with our resolvers in it."""

    def __init__(self, resolvers: dict[str, dict[str, Any]], types: dict[str, Any]) -> None:
        self.schema: GraphQLSchema = build_schema(Path(__file__).with_name("schema.graphql").read_text())
        for type_name, fields in resolvers.items():
            declared = self.schema.type_map[type_name]
            assert isinstance(declared, GraphQLObjectType)
            for field_name, resolve in fields.items():
                declared.fields[field_name].resolve = resolve
        for type_name, resolve_type in types.items():
            self.schema.type_map[type_name].resolve_type = resolve_type  # type: ignore[attr-defined]
        self._prepared: OrderedDict[str, Prepared] = OrderedDict()

    def prepare(self, text: str) -> Prepared:
        prepared = self._prepared.get(text)
        if prepared is None:
            prepared = self._prepare(text)
            self._prepared[text] = prepared
            if len(self._prepared) > REMEMBERED:
                self._prepared.popitem(last=False)
        return prepared

    def _prepare(self, text: str) -> Prepared:
        try:
            document = parse(text)
        except GraphQLError as error:
            return Prepared(None, [error], {}, {})
        errors = validate(self.schema, document)
        if errors:
            return Prepared(None, errors, {}, {})
        found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        operations = {node.name.value if node.name else "": node for node in found}
        table = CostTable(self.schema, document)
        prices = {name: table.price(node) for name, node in operations.items()}
        counter = _ListCounter()
        visit(document, counter)
        return Prepared(document, [], operations, prices, counter.longest)

    def run(
        self, prepared: Prepared, name: str | None, variables: Variables, context: object
    ) -> dict[str, object]:
        assert prepared.document is not None
        result = execute_sync(
            self.schema,
            prepared.document,
            context_value=context,
            variable_values=dict(variables),
            operation_name=name,
            check_sync=False,
        )
        answer: dict[str, object] = {}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        answer["data"] = result.data
        return answer


def root_field(operation: OperationDefinitionNode) -> FieldNode | None:
    first = operation.selection_set.selections[0]
    return first if isinstance(first, FieldNode) else None
