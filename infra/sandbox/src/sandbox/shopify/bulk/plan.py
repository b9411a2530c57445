"""What a bulk query may be, and how it is run: page after page of its one connection, everything below unpaged."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    parse,
    print_ast,
    validate,
)
from graphql.type import GraphQLNamedType

CHUNK = 50
"""Roots that are read at a time: few, for nothing else is answered meanwhile."""
CONNECTIONS_MAX, DEPTH_MAX = 5, 2
PAGING = frozenset({"first", "last", "after", "before"})
MORE = "query ($bulkAfter: String) { x { pageInfo { hasNextPage endCursor } } }"


class NotBulk(ValueError):
    """The query cannot be run in bulk; the text says why, in Shopify's words where they are known."""


@dataclass(slots=True)
class Shape:
    """The connections below one kind of node, by the path of keys that leads to each."""

    below: list[tuple[tuple[str, ...], "Shape"]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """A bulk query, ready to run: its text takes the cursor after which to go on."""

    root: str
    """The key of its connection."""
    text: str
    shape: Shape


def plan(schema: GraphQLSchema, text: str) -> Plan:
    """Raises NotBulk."""
    try:
        document = parse(text)
        errors = validate(schema, document)
    except GraphQLError as error:
        raise NotBulk(f"Invalid bulk query: {error.message}") from error
    if errors:
        raise NotBulk(f"Invalid bulk query: {errors[0].message}")
    operation, root = _root(document.definitions)
    assert schema.query_type is not None
    walk = _Walk(schema)
    made = walk.field(root, schema.query_type, 0, [], True)
    walk.judge()
    asked = operation.variable_definitions or ()
    if asked:
        raise NotBulk("Bulk queries cannot have variables.")
    named = replace(operation, name=None, variable_definitions=(_after(),))
    query = replace(named, selection_set=SelectionSetNode(selections=(made,)))
    return Plan(_key(root), print_ast(query), walk.shape)


def _root(definitions: object) -> tuple[OperationDefinitionNode, FieldNode]:
    """The one field of the one query."""
    found = list(definitions) if isinstance(definitions, tuple | list) else []
    operation = found[0] if len(found) == 1 else None
    if not isinstance(operation, OperationDefinitionNode) or operation.operation is not OperationType.QUERY:
        raise NotBulk("Bulk queries must be one query operation, without fragments.")
    selections = operation.selection_set.selections
    root = selections[0]
    if len(selections) != 1 or not isinstance(root, FieldNode):
        raise NotBulk("Bulk queries must contain a single top-level field.")
    if root.name.value in ("node", "nodes"):
        raise NotBulk("Bulk queries cannot contain the top-level fields `node` and `nodes`.")
    return operation, root


def _after() -> VariableDefinitionNode:
    variable = VariableNode(name=NameNode(value="bulkAfter"))
    return VariableDefinitionNode(
        variable=variable, type=NamedTypeNode(name=NameNode(value="String")), directives=()
    )


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _connected(named: GraphQLNamedType) -> bool:
    return named.name.endswith("Connection")


class _Walk:
    """Goes over a query, counts its connections and takes their paging away."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._count, self._depth = 0, 0
        self.shape = Shape()

    def judge(self) -> None:
        if self._count == 0:
            raise NotBulk("Bulk queries must contain at least one connection.")
        if self._count > CONNECTIONS_MAX:
            raise NotBulk(f"Bulk queries cannot contain more than {CONNECTIONS_MAX} connections.")
        if self._depth > DEPTH_MAX:
            raise NotBulk(
                f"Bulk queries cannot contain connections with a nesting depth greater than {DEPTH_MAX}."
            )

    def field(
        self,
        node: FieldNode,
        parent: GraphQLNamedType,
        depth: int,
        owners: list[tuple[Shape, tuple[str, ...]]],
        root: bool,
    ) -> FieldNode:
        """`owners`: the node that the field is of, with the path from it to here; none at the top."""
        definition = parent.fields[node.name.value] if isinstance(parent, GraphQLObjectType) else None
        named = get_named_type(definition.type) if definition else None
        if node.selection_set is None or named is None:
            return node
        if not _connected(named):
            if root:
                raise NotBulk("Bulk queries must contain a connection as their top-level field.")
            below = [(shape, (*path, _key(node))) for shape, path in owners]
            return replace(node, selection_set=self._inside(node.selection_set, named, depth, below))
        return self._connection(node, named, depth, owners, root)

    def _connection(
        self,
        node: FieldNode,
        named: GraphQLNamedType,
        depth: int,
        owners: list[tuple[Shape, tuple[str, ...]]],
        root: bool,
    ) -> FieldNode:
        self._count += 1
        nested = depth if root else depth + 1
        self._depth = max(self._depth, nested)
        shape = self.shape if root else Shape()
        for owner, path in owners:
            owner.below.append(((*path, _key(node)), shape))
        kept = tuple(x for x in node.arguments or () if x.name.value not in PAGING)
        selections = tuple(self._nodes(node.selection_set, named, nested, shape))
        if root:
            kept = (*kept, *_paging())
            selections = (*selections, *_more())
        return replace(node, arguments=kept, selection_set=SelectionSetNode(selections=selections))

    def _nodes(
        self, selections: SelectionSetNode | None, named: GraphQLNamedType, depth: int, shape: Shape
    ) -> Iterator[FieldNode]:
        """`edges { node }` or `nodes` of a connection, whose selections are those of its nodes."""
        assert selections is not None
        for each in selections.selections:
            if not isinstance(each, FieldNode) or not isinstance(named, GraphQLObjectType):
                raise NotBulk("Bulk queries cannot contain fragments.")
            if each.name.value == "pageInfo" or each.selection_set is None:
                continue
            inner = get_named_type(named.fields[each.name.value].type)
            if each.name.value == "edges":
                held = tuple(self._nodes(each.selection_set, inner, depth, shape))
                yield replace(each, selection_set=SelectionSetNode(selections=held))
            else:
                yield replace(
                    each, selection_set=self._inside(each.selection_set, inner, depth, [(shape, ())])
                )
                _needs_id(each, shape)

    def _inside(
        self,
        selections: SelectionSetNode,
        named: GraphQLNamedType,
        depth: int,
        owners: list[tuple[Shape, tuple[str, ...]]],
    ) -> SelectionSetNode:
        made: list[FieldNode] = []
        for each in selections.selections:
            if not isinstance(each, FieldNode):
                raise NotBulk("Bulk queries cannot contain fragments.")
            made.append(self.field(each, named, depth, owners, False))
        return SelectionSetNode(selections=tuple(made))


def _needs_id(node: FieldNode, shape: Shape) -> None:
    selections = node.selection_set.selections if node.selection_set else ()
    plain = any(isinstance(x, FieldNode) and x.name.value == "id" and x.alias is None for x in selections)
    if shape.below and not plain:
        raise NotBulk(
            "The parent 'node' field for a nested connection must select the 'id' field without an alias."
        )


def _paging() -> tuple[ArgumentNode, ArgumentNode]:
    return (
        ArgumentNode(name=NameNode(value="first"), value=IntValueNode(value=str(CHUNK))),
        ArgumentNode(name=NameNode(value="after"), value=VariableNode(name=NameNode(value="bulkAfter"))),
    )


def _more() -> tuple[FieldNode, ...]:
    operation = parse(MORE).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    outer = operation.selection_set.selections[0]
    assert isinstance(outer, FieldNode)
    assert outer.selection_set is not None
    return tuple(x for x in outer.selection_set.selections if isinstance(x, FieldNode))
