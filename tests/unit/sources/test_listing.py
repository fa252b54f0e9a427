"""From what the user names to references."""

import gzip
from pathlib import Path

import pytest
from pyarrow import fs

from warta.transforms.core.errors import StorageError
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source, SourceItem
from warta.transforms.sources import glob
from warta.transforms.sources.listing import Listing, list_source
from warta.transforms.sources.readers import read_reference
from warta.transforms.sources.registry import kind_by_content, kind_by_name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as people have them."""
    files = {
        "b.txt": "Teks.",
        "a.jsonl": '{"body": "x"}\n',
        "sub/c.html": "<html></html>",
        "sub/deep/d.rss": "<rss></rss>",
        "sub/deep/tanpa-akhiran": "Teks tanpa akhiran nama.",
        "sub/.hidden/e.txt": "x",
        "_tmp/f.txt": "x",
        ".g.txt": "x",
        "_h.txt": "x",
        "README.md": "# Petunjuk",
        "foto.jpg": "\x00\x01\x02",
        "kosong.dat": "",
        "feed.json": '{"version": "https://jsonfeed.org/version/1.1", "items": []}',
        "data.json": '{"body": "x"}\n{"body": "y"}\n',
        "setelan.json": '{\n  "a": 1\n}\n',
        "umpan.php": '<?xml version="1.0"?>\n<!-- x --><feed xmlns="x"></feed>',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def list_all(location: str | Path, kind: str | None = None) -> Listing:
    return list_source(Source(str(location), kind=kind), split_bytes=1_000, stripes=4)


def names(listing: Listing, base: Path) -> list[str]:
    return [str(Path(one.uri).relative_to(base)) + ":" + one.kind for one in listing]


IN_ORDER = [
    "a.jsonl:jsonl",
    "b.txt:text",
    "data.json:jsonl",
    "feed.json:feed",
    "sub/c.html:html",
    "sub/deep/d.rss:feed",
    "sub/deep/tanpa-akhiran:text",
    "umpan.php:feed",
]


def test_a_folder_is_read_to_its_depth_in_order(folder: Path) -> None:
    """Kinds by name, else by content; an unknown kind is reported, what is hidden is skipped."""
    listing = list_all(folder)
    assert names(listing, folder) == IN_ORDER
    skipped = [Path(one.uri).name for one in listing.skipped]
    assert skipped == ["README.md", "foto.jpg", "kosong.dat", "setelan.json"]
    assert all(one.why for one in listing.skipped)
    assert len(listing) == len(IN_ORDER)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["b.txt:text"]),
        ("*/*.html", ["sub/c.html:html"]),
        ("**/*.rss", ["sub/deep/d.rss:feed"]),
        ("s?b/[cd]*", IN_ORDER[4:7]),
        ("sub/deep/*", IN_ORDER[5:7]),
        (".g*", [".g.txt:text"]),
        ("_h.*", ["_h.txt:text"]),
        ("**", IN_ORDER),
    ],
)
@pytest.mark.parametrize("remote", [False, True])
def test_a_glob_names_files_and_folders(
    folder: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, expected: list[str], remote: bool
) -> None:
    """As a shell does, with ** for any depth; the same on a file system behind a URI."""
    location = str(folder / pattern)
    if remote:
        # pyarrow's own listing, as for s3:// and gs://, over the files of this folder.
        monkeypatch.setattr(glob, "local_path", lambda _: None)
    found = list_all(location)
    assert names(found, folder) == expected


def test_a_file_system_behind_a_uri_is_listed_and_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket's folder gives URIs that open again; passwords are not in what is stored."""
    bucket = fs.SubTreeFileSystem(str(folder), fs.LocalFileSystem())

    def resolve(uri: str) -> tuple[fs.FileSystem, str]:
        return bucket, uri.removeprefix("s3://kunci:kata@").partition("?")[0]

    for module in ("glob", "streams"):
        monkeypatch.setattr(f"warta.transforms.sources.{module}.resolve", resolve)
    listing = list_all("s3://kunci:kata@sub?region=x")
    assert [one.uri for one in listing] == [
        "s3://kunci:kata@sub/c.html?region=x",
        "s3://kunci:kata@sub/deep/d.rss?region=x",
        "s3://kunci:kata@sub/deep/tanpa-akhiran?region=x",
    ]
    (row,) = read_reference(listing.references[0], InputLimits())
    assert isinstance(row, SourceItem)
    assert (row.content, row.source_uri) == (b"<html></html>", "s3://sub/c.html?region=x")


@pytest.mark.parametrize("name", ["README.md", "foto.jpg", "_h.txt", "kosong.dat"])
def test_a_file_named_by_itself_is_read_whatever_it_is(folder: Path, name: str) -> None:
    """Who names a file means it: no part of it is passed over."""
    assert names(list_all(folder / name), folder) == [f"{name}:text"]


def test_a_stated_kind_holds_for_every_file(folder: Path) -> None:
    """Also for those whose name or content says otherwise."""
    listing = list_all(folder / "sub", kind="html")
    assert {one.kind for one in listing} == {"html"}
    assert (len(listing), listing.skipped) == (3, ())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (Source("tidak-ada.txt"), "does not exist"),
        (Source("tidak-ada/*.txt"), "no files"),
        (Source("s4://sari:kata@x/y"), "cannot use"),
        (Source("x", kind="pdf"), "kind 'pdf'"),
        (Source("x", fields=(("judul", "a"),)), "no field judul"),
        (Source("https://sari:kata@a.example/x", kind="warc"), "warc is not read over HTTP"),
    ],
)
def test_what_cannot_be_listed_is_said_in_one_line(source: Source, message: str) -> None:
    """Before any work starts, and without a password."""
    with pytest.raises(StorageError) as caught:
        list_source(source, split_bytes=1, stripes=1)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "kata" not in str(caught.value)


def test_an_empty_folder_is_said_to_be_so(tmp_path: Path) -> None:
    """It is more likely a slip than a wish."""
    with pytest.raises(StorageError, match="no files"):
        list_all(tmp_path)


def test_large_files_are_cut_by_what_they_are(tmp_path: Path) -> None:
    """Plain JSONL and WARC by bytes, packed JSONL by stripes, all else not."""
    plain = b'{"body": "x"}\n' * 500
    files = {
        "a.jsonl": plain,
        "b.jsonl.gz": gzip.compress(plain, 0, mtime=0),
        "c.warc.gz": gzip.compress(plain, 0, mtime=0),
        "d.txt": plain,
        "e.jsonl": gzip.compress(plain, 0, mtime=0),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    chunks: dict[str, list[tuple[int, int | None, int, int]]] = {}
    for one in list_all(tmp_path):
        assert one.stamp.startswith(f"{len(files[Path(one.uri).name])}-")
        chunks.setdefault(Path(one.uri).name[0], []).append(
            (one.start, one.end, one.stripe, one.stripes)
        )
    assert chunks["a"] == [(1_000 * n, 1_000 * (n + 1) if n < 6 else None, 0, 1) for n in range(7)]
    assert chunks["b"] == chunks["e"] == [(0, None, n, 4) for n in range(4)]
    assert [start for start, *_ in chunks["c"]][:2] == [0, len(files["c.warc.gz"]) // 8]
    assert chunks["d"] == [(0, None, 0, 1)]


def test_a_feed_on_the_web_is_one_reference_and_not_fetched() -> None:
    """Listing asks nothing of any server."""
    (reference,) = list_all("https://nowhere.invalid/rss")
    assert (reference.kind, reference.uri) == ("feed", "https://nowhere.invalid/rss")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.XML", "feed"),
        ("a.warc.gz", "warc"),
        ("a.ndjson.zst", "jsonl"),
        ("a.html.bz2", "html"),
        ("a.gz", None),
        ("a.json", None),
        ("s3://b/c.txt.gz?region=x", "text"),
    ],
)
def test_names_show_kinds(name: str, kind: str | None) -> None:
    """The ending before that of a packed file counts."""
    assert kind_by_name(name) == kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"WARC/1.1\r\n", "warc"),
        (b"\xef\xbb\xbf <!DOCTYPE html>", "html"),
        (b"<svg></svg>", None),
        (b"<rdf:RDF xmlns=''>", "feed"),
        (b'{"a": "' + b"x" * 70_000, "jsonl"),
        (b"[" * 1_000, "text"),
        (b'{"a":' * 1_000, "jsonl"),
        (b'[\n {"a": 1},', "jsonl"),
        (b'\x1e{"a": 1}\n', "jsonl"),
        ('\ufeff{"a": 1}'.encode("utf-16-le"), "jsonl"),
        (b"[[Berkas:peta.png]] Desa", "text"),
        (b"[Pembaruan] Desa", "text"),
        (b"{\\rtf1 Desa}", None),
        (b"\x89PNG\r\n\x1a\n\0\0", None),
        ("Bersih dan te\u0301rang".encode()[:-1], "text"),
        (b"\xff\xd8\xff\xe0 jpeg", None),
    ],
)
def test_first_bytes_show_kinds(head: bytes, kind: str | None) -> None:
    """What could be anything is nothing."""
    assert kind_by_content(head) == kind


def test_a_pattern_of_very_many_parts_is_refused(tmp_path: Path) -> None:
    """In one line, in place of an error of the library's."""
    with pytest.raises(StorageError, match="a pattern of over 64 parts"):
        glob.find_files(f"{tmp_path}/{'**/' * 300}x")
