"""What loading databases is made of: names, texts, types, secrets."""

import pyarrow as pa
import pytest

from warta.pipeline.loading.columns import DIALECTS
from warta.pipeline.loading.postgres import _as_staged, _secrets_of
from warta.transforms.core.errors import UsageError
from warta.transforms.core.schema import TABLES


def test_nul_and_nested_values_arrive_as_postgres_takes_them() -> None:
    batch = pa.RecordBatch.from_pylist(
        [{"text": "a\x00b", "list": ["c\x00", "\\u0000"]}, {"text": None, "list": None}]
    )
    staged = _as_staged(batch).to_pylist()
    assert staged == [
        {"text": "a\ufffdb", "list": '["c\ufffd","\\\\u0000"]'},
        {"text": None, "list": None},
    ]


@pytest.mark.parametrize(
    ("uri", "secrets"),
    [
        ("postgres://host/db", []),
        ("postgres://ana:s3c%2Fret@host/db", ["s3c%2Fret", "s3c/ret"]),
        ("postgres://host/db?user=ana&password=r4h%26", ["r4h%26", "r4h&"]),
    ],
)
def test_secrets_of_a_uri_are_known(uri: str, secrets: list[str]) -> None:
    assert _secrets_of(uri) == secrets


@pytest.mark.parametrize("password", ["p@ss", "p/ss@", "p#ss", "p:5x/"])
def test_a_password_that_breaks_its_uri_is_not_repeated(password: str) -> None:
    with pytest.raises(UsageError) as error:
        _secrets_of(f"postgres://ana:{password}@host:5432/db")
    assert password not in str(error.value)


@pytest.mark.parametrize("name", DIALECTS)
def test_every_column_has_a_type_in_every_dialect(name: str) -> None:
    dialect = DIALECTS[name]
    for schema in (table.schema for table in TABLES.values()):
        assert all(dialect.type(field.type) for field in schema)
