"""What a file may import, and that what is required is what is imported."""

from __future__ import annotations

import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions

from tests.house_rules.tree import PRODUCT, ROOT, Source, imports, product, python_under

QT_PARTS = {"QtCore", "QtGui", "QtWidgets", "QtSvg", "QtPrintSupport", "QtNetwork", "QtTest"}
"""The installer carries these and no other part of Qt, so it stays small."""
OURS = {*PRODUCT, "resources", "tests", "scripts"}
NOT_IMPORTED = {
    "tzdata": "the time zones, where the operating system has none",
    "pytest-timeout": "a plug-in of pytest",
    "pytest-xdist": "a plug-in of pytest",
    "ruff": "a command of the checks",
    "mypy": "a command of the checks",
    "import-linter": "a command of the checks",
    "pytest-qt": "a plug-in of pytest",
}
LOADED_BY_NAME = {
    "psycopg": "SQLAlchemy's dialect for postgresql+psycopg loads it",
    "sqlcipher3": "SQLAlchemy's dialect for sqlite+pysqlcipher is given it",
}

COMES_WITH = {"shiboken6": "pyside6-essentials"}
"""Half of a package that is required: the two are released together."""


def test_only_the_parts_of_qt_that_the_installer_carries_are_imported() -> None:
    wrong = [
        f"{source.at(node)} {module}"
        for source in (*product(), *python_under("tests"), *python_under("scripts"))
        for module, node in imports(source)
        if module.startswith("PySide6.") and module.split(".")[1] not in QT_PARTS
    ]
    assert wrong == []


def test_every_package_that_the_product_imports_is_required() -> None:
    assert not_required(product(), requirements("run")) == []


def test_every_package_that_only_the_tests_import_is_required_by_the_extra() -> None:
    sources = (*python_under("tests"), *python_under("scripts"))
    assert not_required(sources, requirements("run") | requirements("test")) == []


def test_every_requirement_is_imported_somewhere() -> None:
    used = distributions_of((*product(), *python_under("tests"), *python_under("scripts")))
    wanted = requirements("run") | requirements("test")
    assert wanted - used - NOT_IMPORTED.keys() - LOADED_BY_NAME.keys() == set()


def test_what_is_loaded_by_name_is_named_in_the_product() -> None:
    unnamed = [name for name in LOADED_BY_NAME if not any(name in s.text for s in product())]
    assert unnamed == []


def not_required(sources: tuple[Source, ...], required: set[str]) -> list[str]:
    return [
        f"{source.at(node)} {module}"
        for source in sources
        for module, node in imports(source)
        if is_foreign(module) and not distributions(module) & required
    ]


def is_foreign(module: str) -> bool:
    top = module.split(".")[0]
    return top not in sys.stdlib_module_names and top not in OURS


def distributions_of(sources: tuple[Source, ...]) -> set[str]:
    return {
        name
        for source in sources
        for module, _ in imports(source)
        if is_foreign(module)
        for name in distributions(module)
    }


@cache
def distributions(module: str) -> frozenset[str]:
    top = module.split(".")[0]
    if top in COMES_WITH:
        return frozenset({COMES_WITH[top]})
    return frozenset(map(plain, packages().get(top, ())))


@cache
def packages() -> dict[str, list[str]]:
    return dict(packages_distributions())


@cache
def requirements(which: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["dependencies"] if which == "run" else project["optional-dependencies"][which]
    return {plain(re.split(r"[\[=<>~! ]", line)[0]) for line in lines}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
