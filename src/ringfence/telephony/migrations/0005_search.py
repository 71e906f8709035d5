"""The indexes of the search: each holds what is for sale, group by group, in the order of the digits."""

from django.db import migrations

TRAITS = """
CREATE FUNCTION number_traits(capabilities varchar[], documents varchar[]) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE WHEN 'voice' = ANY (capabilities) THEN 1 ELSE 0 END
          + CASE WHEN 'sms' = ANY (capabilities) THEN 2 ELSE 0 END
          + CASE WHEN 'fax' = ANY (capabilities) THEN 4 ELSE 0 END
          + CASE WHEN 'mms' = ANY (capabilities) THEN 8 ELSE 0 END
          + CASE WHEN documents = '{}'::varchar[] THEN 16 ELSE 0 END)::smallint
$$
"""
OF_COUNTRY = "((ascii(land) - 65) * 26 + ascii(substr(land, 2, 1)) - 65) * 10000"
RUNS = ", ".join(
    [f"CASE WHEN length(digits) >= {at + 3} THEN {OF_COUNTRY} + substr(digits, {at}, 4)::int END" for at in range(1, 13)]
    + [f"CASE WHEN length(digits) >= {at + 4} THEN 1000000000 + substr(digits, {at}, 5)::int END" for at in range(1, 12)]
)
FUNCTION_OF_RUNS = f"""
CREATE FUNCTION number_runs(land varchar, digits varchar) RETURNS int[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT array_remove(ARRAY[{RUNS}], NULL) $$
"""
FOR_SALE = "WHERE state = 'available'"
KIND = "number_traits(capabilities, documents)"


def index(name: str, what: str) -> migrations.RunSQL:
    return migrations.RunSQL(f"CREATE INDEX {name} ON telephony_number {what} {FOR_SALE}", f"DROP INDEX {name}")


class Migration(migrations.Migration):

    dependencies = [("telephony", "0004_imports")]

    operations = [
        migrations.RemoveIndex(model_name="number", name="for_sale_by_price"),
        migrations.RemoveIndex(model_name="number", name="for_sale_anywhere_by_price"),
        migrations.RunSQL(TRAITS, "DROP FUNCTION number_traits(varchar[], varchar[])"),
        migrations.RunSQL(FUNCTION_OF_RUNS, "DROP FUNCTION number_runs(varchar, varchar)"),
        index("for_sale_by_group", "(country, type, e164)"),
        index("for_sale_by_kind", f"(country, type, {KIND}, e164)"),
        index("for_sale_by_area", f"(country, type, area, {KIND}, e164)"),
        index("for_sale_by_last_digits", '(country, type, "right"(e164, 4), e164)'),
        index("for_sale_by_runs_of_digits", "USING gin (number_runs(country, national))"),
    ]
