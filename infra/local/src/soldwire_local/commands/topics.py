"""`soldwire topics`: the topic table and, where Kafka answers, partitions and lag per group."""

import asyncio
from collections.abc import Mapping

import typer
from rich.table import Table
from soldwire_contracts.topics import TOPICS, Topic

from soldwire_local import lag, running, screen
from soldwire_local import topics as wanted
from soldwire_local.errors import LocalError
from soldwire_local.lag import Lags

COLUMNS = ("topic", "key", "partitions", "retention", "visibility", "lag per group")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("topics")(topics)


def topics() -> None:
    """List every topic with its key, partitions, retention and how far each group is behind."""
    console = screen.console()
    try:
        bootstrap = running.kafka()
    except LocalError as error:
        console.print(table({}, {}))
        console.print(f"This is the contracts' table only: {error}")
        return
    try:
        actual, lags = asyncio.run(_look(bootstrap))
    except LocalError as error:
        console.print(table({}, {}))
        console.print(f"This is the contracts' table only: {error}", style="red")
        raise typer.Exit(1) from error
    console.print(table(actual, lags))


def table(actual: Mapping[str, int], lags: Lags) -> Table:
    """The table; a number of partitions that differs from the contracts' is shown as `has / wanted`."""
    view = Table(*COLUMNS)
    for topic in TOPICS.values():
        has = actual.get(topic.name, topic.partitions)
        width = str(has) if has == topic.partitions else f"{has} / {topic.partitions}"
        behind = ", ".join(
            f"{group} {records}" for group, records in sorted(lags.get(topic.name, {}).items())
        )
        view.add_row(topic.name, topic.key, width, retention(topic), topic.visibility, behind)
    return view


def retention(topic: Topic) -> str:
    """In words."""
    time = "for ever" if topic.retention_days is None else f"{topic.retention_days} days"
    return f"{time}, compacted" if topic.compacted else time


async def _look(bootstrap: str) -> tuple[dict[str, int], Lags]:
    async with wanted.connected(bootstrap) as admin:
        return await wanted.partitions(admin), await lag.per_topic(admin, bootstrap)
