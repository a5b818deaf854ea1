"""Read a recipe, and refuse what it cannot mean."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from jobs.cluster.toml_file import read_toml, refuse_unknown
from xdomain.core.errors import UserError
from xdomain.core.names import one_line
from xdomain.specs.overrides import overridable
from xdomain.specs.shapes import DataSpec
from xdomain.specs.spec import RunData
from xdomain.specs.videos import VideoDataSpec

if TYPE_CHECKING:
    from pydantic import BaseModel

    from xdomain.schema.recipe import DivingRecipe, GridRecipe

SHIPPED = Path(__file__).parents[2] / "recipes"


def read_recipe(name: str) -> "GridRecipe | DivingRecipe":
    """Read the recipe that `name` names: a path, or the stem of one that is shipped.

    Raises:
        UserError: no such recipe, not TOML, an unknown key or setting, or a value that it cannot have.
    """
    from pydantic import ValidationError

    from xdomain.core.record import fault
    from xdomain.schema.recipe import DivingRecipe, GridRecipe

    path, values = read_toml(name, SHIPPED, "recipe")
    kinds: dict[str, type[GridRecipe | DivingRecipe]] = {"ts": GridRecipe, "diving48": DivingRecipe}
    data: dict[str, type[RunData]] = {"ts": DataSpec, "diving48": VideoDataSpec}
    study = values.get("study")
    if not isinstance(study, str) or study not in kinds:
        said = "has no study" if study is None else f"is of the study {one_line(study)}"
        raise UserError(f'{path} {said}: write study = "ts" or study = "diving48".')
    _refuse_unknown_keys(kinds[study], values, str(path))
    try:
        recipe = kinds[study].model_validate(values)
    except ValidationError as error:
        raise UserError(f"{path}: {fault(error)}.") from error
    refuse_unknown(recipe.settings, overridable(data[study]), f"{path}: settings", "They")
    if not recipe.tag and (recipe.settings or any(own_settings(recipe, name) for name in recipe.models)):
        raise UserError(f'{path} deviates from the paper, so it needs a name of its own: write tag = "mine".')
    return recipe


def own_settings(recipe: "GridRecipe | DivingRecipe", model: str) -> dict[str, Any]:
    """Return what the recipe sets for one of its models alone."""
    from xdomain.schema.recipe import ModelRecipe

    given = recipe.models[model].model_dump(include=set(ModelRecipe.model_fields))
    return {name: value for name, value in given.items() if value is not None}


def _refuse_unknown_keys(kind: "type[BaseModel]", values: dict[str, Any], place: str) -> None:
    """Refuse keys that a table, or a table within it, cannot have."""
    refuse_unknown(values, kind.model_fields, place, "It")
    for name, value in values.items():
        annotation = kind.model_fields[name].annotation
        inner = _table_class(annotation)
        if inner is None or not isinstance(value, dict):
            continue
        tables = (
            {f"{name}.{key}": table for key, table in value.items()}
            if get_origin(annotation) is dict
            else {name: value}
        )
        for title, table in tables.items():
            if isinstance(table, dict):
                _refuse_unknown_keys(inner, table, f"{place}: {one_line(title)}")


def _table_class(annotation: Any) -> "type[BaseModel] | None":
    """Find the class of the tables that an annotation admits: `Table | None`, or `dict[Name, Table]`."""
    from pydantic import BaseModel

    parts = (annotation, *get_args(annotation))
    return next((part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)), None)
