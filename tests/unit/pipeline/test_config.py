"""sources.toml: what is taken, and what is refused in one line."""

from pathlib import Path

import pytest

from warta.pipeline.config import check_location, read_config
from warta.transforms.core.errors import UsageError
from warta.transforms.core.records import Source


def write(folder: Path, text: str) -> str:
    path = folder / "sources.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_every_key_reaches_its_source(tmp_path: Path) -> None:
    """A source takes all its keys, and its location is meant from the file's folder."""
    path = write(
        tmp_path,
        """
        [[source]]
        name = "kabar-pagi"
        kind = "jsonl"
        location = "dumps/*.jsonl"
        language = "id"
        publisher = "Kabar Pagi"
        time_zone = "Asia/Jakarta"
        allow_private = true

        [source.fields]
        content = "data.isi"
        headline = "data.judul"

        [[source]]
        location = "s3://bucket/feeds"
        """,
    )
    assert read_config(path) == (
        Source(
            location=str(tmp_path / "dumps/*.jsonl"),
            name="kabar-pagi",
            kind="jsonl",
            language="id",
            publisher="Kabar Pagi",
            time_zone="Asia/Jakarta",
            fields=(("content", "data.isi"), ("headline", "data.judul")),
            allow_private=True,
        ),
        Source(location="s3://bucket/feeds"),
    )


def test_a_location_may_begin_at_home(tmp_path: Path) -> None:
    """As a shell has it, and not in a folder called ~."""
    (source,) = read_config(write(tmp_path, '[[source]]\nlocation = "~/kabar"'))
    assert source.location == str(Path.home() / "kabar")


def test_an_absolute_location_stays(tmp_path: Path) -> None:
    """A location from the root is not moved below the file's folder."""
    (source,) = read_config(write(tmp_path, '[[source]]\nlocation = "/news/today"'))
    assert source.location == "/news/today"


ONE = '[[source]]\nname = "kabar"\nlocation = "x"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[source", "is not TOML"),
        ("", "names no source"),
        ("[[sources]]\nlocation = 'x'", "unknown key 'sources'; did you mean 'source'?"),
        ("[source]\nlocation = 'x'", "source must be a list of tables"),
        ("source = [1]", "source 1 must be a table"),
        ("[[source]]\nname = 'kabar'", "source 1 (kabar) needs a location"),
        ("[[source]]\nlocation = ''", "source 1 needs a location"),
        ("[[source]]\nlocation = 3", "location must be a string, not 3"),
        (ONE + "langauge = 'id'", "(kabar): unknown key 'langauge'; did you mean 'language'?"),
        (ONE + "zzzzzz = 'id'", "known are location, name, kind"),
        (ONE + "kind = 'fed'", "unknown kind 'fed'; did you mean 'feed'?"),
        (ONE + "kind = 'json'", "unknown kind 'json'; json files are of kind 'jsonl'"),
        (ONE + "language = 'Bahasa Indonesia'", "is not a language tag"),
        (ONE + "time_zone = 'Asia/Jakrta'", "unknown time_zone 'Asia/Jakrta'"),
        (ONE + "time_zone = 'Asia'", "unknown time_zone 'Asia'"),
        (ONE + "time_zone = '../../etc/passwd'", "unknown time_zone"),
        (ONE + "allow_private = 'yes'", "allow_private must be true or false, not 'yes'"),
        (ONE + "fields = 'x'", "fields must be a table"),
        (ONE + "[source.fields]\nheadlin = 'a'", "did you mean 'headline'?"),
        (ONE + "[source.fields]\nheadline = 1", "headline must be a string, not 1"),
        (ONE + "[source.fields]\nheadline = ''", "headline needs a dotted path"),
        (ONE + ONE, "two sources are named 'kabar'"),
        ('[[source]]\nlocation = "a\\u0000b"', "location has a NUL"),
        ("contact = " + "[" * 5000, "is nested too deep"),
        ("x = " + "{a=" * 5000, "is nested too deep"),
        ("\n" * 9 + ".".join("a" * 50_000) + " = 1", "line 10 has a key of many parts"),
        ('x = {"a".' + ".".join("a" * 50_000) + " = 1}", "line 1 has a key of many parts"),
        ("x = " + '\\"' * 500_000 + "." * 20, "is not TOML"),
        (" " * (9 << 20), "is not a config: it has more than 8 MB"),
    ],
)
def test_a_wrong_config_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """What cannot be meant is refused with the file's name and what is wrong."""
    path = write(tmp_path, text)
    with pytest.raises(UsageError) as refusal:
        read_config(path)
    assert message in str(refusal.value)
    assert path in str(refusal.value)


def test_dots_in_strings_and_comments_are_no_key(tmp_path: Path) -> None:
    """Only keys are bounded."""
    location = "https://a.b.c.example/v1.2.3/" + "." * 20
    text = f"[[source]] # {'.' * 40}\n# {'.' * 40}\nlocation = '{location}' # {'.' * 20}\n"
    (source,) = read_config(write(tmp_path, text + "kind = 'feed'\nname = 'x'\n"))
    assert source.location == location


def test_a_config_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are not TOML."""
    path = tmp_path / "sources.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not TOML"):
        read_config(str(path))


def test_a_missing_config_is_refused(tmp_path: Path) -> None:
    """A config that is not there is reported by name."""
    with pytest.raises(UsageError, match=r"cannot read .*absent\.toml: No such file"):
        read_config(str(tmp_path / "absent.toml"))


@pytest.mark.parametrize("name", ["a.txt", "*.txt", "", "**/*.txt"])
def test_a_location_that_leads_somewhere_passes(tmp_path: Path, name: str) -> None:
    """Files, folders and globs with a match are taken."""
    (tmp_path / "a.txt").touch()
    check_location(str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "message"), [("b.txt", "there is no file or folder"), ("*.xml", "no file matches")]
)
def test_a_location_that_leads_nowhere_is_refused(tmp_path: Path, name: str, message: str) -> None:
    """A path or glob without a file is refused with its name."""
    with pytest.raises(UsageError, match=message) as refusal:
        check_location(str(tmp_path / name))
    assert name in str(refusal.value)


def test_uris_are_left_to_the_run() -> None:
    """No network is asked before a run."""
    check_location("https://news.invalid/rss.xml")
