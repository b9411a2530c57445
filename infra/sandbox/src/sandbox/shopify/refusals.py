"""How the GraphQL endpoint says no: errors of a request, not of what a mutation was asked."""

from graphql import GraphQLError

INPUTS_MAX = 250


def refuse(message: str, code: str = "BAD_USER_INPUT") -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


def too_many(size: int) -> GraphQLError:
    """An array in the arguments that is longer than any may be."""
    return refuse(
        f"The input array size of {size} is greater than the maximum allowed of {INPUTS_MAX}.",
        "MAX_INPUT_SIZE_EXCEEDED",
    )
