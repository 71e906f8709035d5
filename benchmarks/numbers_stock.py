"""A stock of made-up numbers in blocks of a thousand, as operators hold them, put straight into the tables."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BLOCK = 1000
COUNTRIES = (
    "NO 47 8 12|SE 46 9 8|DK 45 8 6|FI 358 9 4|GB 44 10 10|DE 49 10 8|FR 33 9 8|US 1 10 14|NL 31 9 3|BE 32 9 2"
    "|ES 34 9 3|PL 48 9 3|PT 351 9 1|IE 353 9 1|CH 41 9 2|AT 43 10 2|CZ 420 9 1|EE 372 8 1|LV 371 8 1|LT 370 8 1"
    "|IS 354 7 1|AU 61 9 2|NZ 64 8 1|ZA 27 9 1|BR 55 10 1|MX 52 10 1|IN 91 10 1|JP 81 10 1"
)
"""Country, calling code, digits of a national number, and the weight of its share."""

PRICES = (3900, 4900, 5900, 6900, 7900, 9900, 12900, 19900)
TYPES = ("geographic", "mobile", "toll_free")
_FILL = """
INSERT INTO telephony_number (id, e164, national, country, area, type, capabilities, carrier, documents, state,
    state_since, route_version, holder)
SELECT gen_random_uuid(), '+{code}' || digits, digits, '{country}', 'Area ' || substr(digits, 1, 2),
    CASE WHEN digits < '7' THEN 'geographic' WHEN substr(digits, 1, 1) = '8' THEN 'toll_free' ELSE 'mobile' END,
    CASE block % 30 WHEN 0 THEN '{{fax,sms,voice}}' WHEN 10 THEN '{{fax,voice}}' WHEN 20 THEN '{{fax,voice}}'
        ELSE CASE WHEN block % 3 = 0 THEN '{{sms,voice}}' ELSE '{{voice}}' END END::varchar[],
    '', CASE WHEN block % 4 = 0 THEN '{{identity}}' ELSE '{{}}' END::varchar[],
    CASE WHEN sold THEN 'in_service' ELSE 'available' END, now(), 0, CASE WHEN sold THEN gen_random_uuid() END
FROM (
    SELECT block, hashint8(block * 1000 + n) % 10 = 0 AS sold,
        ((2 * 10 ^ ({length} - 4))::bigint + (block * 7919) % (8 * 10 ^ ({length} - 4))::bigint)::text
            || lpad(n::text, 3, '0') AS digits
    FROM generate_series(1, {blocks}) AS block, generate_series(0, 999) AS n
) AS made
"""
_COUNT = """
INSERT INTO telephony_numbercount (country, area, type, capabilities, ready_at_once, state, change)
SELECT country, area, type, capabilities, documents = '{}', state, count(*)
FROM telephony_number GROUP BY 1, 2, 3, 4, 5, 6
"""


def countries() -> Iterator[tuple[str, str, int, int]]:
    """Yield the countries of the stock: code, calling code, digits, weight."""
    for line in COUNTRIES.split("|"):
        country, code, length, weight = line.split()
        yield country, code, int(length), int(weight)


@contextmanager
def owner() -> Iterator[Any]:
    """A connection that may do everything with the tables, for the data before a measurement."""
    import psycopg

    from ringfence.config.embedded import EmbeddedServer

    with psycopg.connect(
        EmbeddedServer(Path(os.environ["RINGFENCE_VAR_DIR"])).owner_url, autocommit=True
    ) as found:
        found.execute("SET maintenance_work_mem = '256MB'")
        yield found


def fill(connection: Any, numbers: int) -> int:
    """Fill the tables of the connection's first schema with about so many numbers; return how many they are."""
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
        " AND tablename = 'telephony_number' AND indexdef NOT LIKE '%UNIQUE%'"
    ).fetchall()
    for name, _made in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("ALTER TABLE telephony_number DISABLE TRIGGER USER")
    whole = sum(weight for *_rest, weight in countries())
    for country, code, length, weight in countries():
        blocks = max(1, numbers * weight // whole // BLOCK)
        connection.execute(_FILL.format(country=country, code=code, length=length, blocks=blocks))
    connection.execute("ALTER TABLE telephony_number ENABLE TRIGGER USER")
    for _name, made in indexes:
        connection.execute(made)
    connection.execute(_COUNT)
    connection.execute("VACUUM ANALYZE telephony_number")
    connection.execute("VACUUM ANALYZE telephony_numbercount")
    (count,) = connection.execute("SELECT count(*) FROM telephony_number").fetchone()
    return int(count)
