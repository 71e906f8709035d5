"""The databases the tests stand on."""

import pytest
from django.db import connections


@pytest.mark.django_db(databases=["default", "keys"])
def test_both_databases_answer() -> None:
    """Data and keys are two databases."""
    names = set()
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_database()")
            names.add(cursor.fetchone()[0])
    assert len(names) == 2
