"""From a recipe to the runs that it names."""

from typing import TYPE_CHECKING, Any

from jobs.launching.diving import DivingRequest
from jobs.launching.recipes.read import own_settings
from jobs.launching.temporal_shape import GridRequest, grid_runs
from xdomain.specs.spec import RunSpec
from xdomain.studies import temporal_shape as ts

if TYPE_CHECKING:
    from xdomain.schema.recipe import DivingRecipe, GridRecipe


def grid_of(recipe: "GridRecipe") -> list[RunSpec]:
    """Make the specs of a Temporal Shape recipe, in the grid's order: smallest models first.

    Raises:
        UserError: no such model or size, or a wrong setting.
    """
    sizes = {model: tuple(own.hidden or recipe.hidden) for model, own in recipe.models.items()}
    runs: list[RunSpec] = []
    for model in recipe.models or ts.MODELS:
        own = own_settings(recipe, model) if model in recipe.models else {}
        request = GridRequest(
            source=recipe.source,
            models=(model,),
            sizes=sizes.get(model, tuple(recipe.hidden)),
            seeds=tuple(recipe.seeds),
            settings=as_settings(recipe.settings | own),
            tag=recipe.tag,
        )
        runs += grid_runs(request)
    return sorted(runs, key=lambda spec: (spec.model.hidden, ts.SOURCES.index(spec.source)))


def diving_request(recipe: "DivingRecipe") -> DivingRequest:
    """Turn a Diving48 recipe into the request for its trainings and evaluations."""
    own = {f"{model}.{name}": value for model in recipe.models for name, value in own_settings(recipe, model).items()}
    return DivingRequest(
        experiments=tuple(recipe.experiments),
        models=tuple(recipe.models),
        split=recipe.split,
        seeds=tuple(recipe.seeds),
        hidden=recipe.hidden,
        settings=as_settings(recipe.settings | own),
        tag=recipe.tag,
        domains=tuple(recipe.domains),
    )


def as_settings(values: dict[str, Any]) -> tuple[str, ...]:
    """Write values as `--set` takes them: NAME=VALUE, a list with commas."""
    return tuple(f"{name}={_text(value)}" for name, value in values.items())


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
