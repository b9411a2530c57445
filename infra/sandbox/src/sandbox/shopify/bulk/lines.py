"""From the answer of a page to the lines of the file: each node one, what is below it with its parent's id."""

from collections.abc import Iterator
from typing import Any

from sandbox.shopify.bulk.plan import Shape

Node = dict[str, Any]


def nodes_of(connection: Node) -> list[Node]:
    """Whichever way they were asked for."""
    found: list[Node] = connection.get("nodes") or [edge["node"] for edge in connection.get("edges") or ()]
    return found


def rows(nodes: list[Node], shape: Shape, *, grouped: bool) -> Iterator[Node]:
    """The lines of some nodes; grouped, each is followed by what is below it."""
    if grouped:
        for node in nodes:
            yield from _grouped(node, shape)
        return
    level = [(node, shape) for node in nodes]
    while level:
        below: list[tuple[Node, Shape]] = []
        for node, of in level:
            below += _taken(node, of)
            yield node
        level = below


def _grouped(node: Node, shape: Shape) -> Iterator[Node]:
    below = _taken(node, shape)
    yield node
    for child, of in below:
        yield from _grouped(child, of)


def _taken(node: Node, shape: Shape) -> list[tuple[Node, Shape]]:
    """Take the connections out of a node, and give their nodes its id."""
    found: list[tuple[Node, Shape]] = []
    for path, of in shape.below:
        holder: Any = node
        for key in path[:-1]:
            holder = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            children = nodes_of(holder.pop(path[-1]) or {})
            found += [({**child, "__parentId": node["id"]}, of) for child in children]
    return found
