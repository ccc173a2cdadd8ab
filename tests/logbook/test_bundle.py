"""A bundle proves the same as the logbook it came from, and a hostile one does no harm."""

from __future__ import annotations

import io
import json
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from logbook.bundle import BundleVerification, NotABundle, verify_bundle
from logbook.evidence import MAX_OBJECT_BYTES, packed
from logbook.export import CHECKPOINTS, ENTRIES, MANIFEST, Exported, export_bundle
from logbook.keys import SiteKeys
from tests.logbook.conftest import NOW, Site, work
from tests.tiers import count

Members = dict[str, bytes]


def exported(site: Site, target: Path) -> Exported:
    return export_bundle(site.store, site.keys.public_keys(), site.evidence, target, NOW)


def members(path: Path) -> Members:
    with tarfile.open(path, "r:") as bundle:
        return {one.name: read(bundle, one) for one in bundle}


def read(bundle: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = bundle.extractfile(member)
    assert content is not None
    return content.read()


def written(path: Path, contents: Members) -> Path:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as bundle:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            bundle.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def bundle(sqlite_site: Site, tmp_path: Path) -> Path:
    work(sqlite_site)
    exported(sqlite_site, tmp_path / "bundle.tar")
    return tmp_path / "bundle.tar"


@pytest.fixture
def changed(bundle: Path) -> Callable[[Callable[[Members], None]], BundleVerification]:
    """Change the members and verify what comes of it."""

    def apply(change: Callable[[Members], None]) -> BundleVerification:
        contents = members(bundle)
        change(contents)
        return verify_bundle(written(bundle, contents))

    return apply


Changed = Callable[[Callable[[Members], None]], BundleVerification]


def test_a_bundle_proves_what_the_logbook_proves(worked: Site, tmp_path: Path) -> None:
    told = exported(worked, tmp_path / "bundle.tar")
    assert (told.entries, told.evidence, told.missing, told.practice) == (10, 3, (), True)
    proven = verify_bundle(tmp_path / "bundle.tar")
    assert proven.found == worked.verify()
    assert (proven.practice, proven.site) == (True, "示例县 12345")
    trusted = worked.keys.public_keys()
    assert verify_bundle(tmp_path / "bundle.tar", trusted).found.valid


def test_the_practice_mark_stands_on_the_bundle(bundle: Path) -> None:
    assert json.loads(members(bundle)[MANIFEST])["practice"] is True


def test_an_export_overwrites_nothing_and_leaves_nothing_behind(
    sqlite_site: Site, bundle: Path
) -> None:
    before = bundle.read_bytes()
    with pytest.raises(FileExistsError):
        exported(sqlite_site, bundle)
    assert bundle.read_bytes() == before
    assert [path.name for path in bundle.parent.iterdir() if "bundle" in path.name] == [bundle.name]


def test_missing_evidence_is_told_and_the_bundle_does_not_verify(
    worked: Site, tmp_path: Path
) -> None:
    digest = worked.evidence.put(b"gone")
    with worked.store.write() as tx:
        worked.book.append(tx, "note", {"sha256": digest}, NOW)
    worked.evidence.path(digest).unlink()
    assert exported(worked, tmp_path / "bundle.tar").missing == (digest,)
    assert verify_bundle(tmp_path / "bundle.tar").found.first_bad == 11


def test_the_keys_of_a_stranger_prove_nothing(bundle: Path, tmp_path: Path) -> None:
    stranger = SiteKeys.generate(tmp_path / "stranger", NOW)
    found = verify_bundle(bundle, stranger.public_keys()).found
    assert (found.valid, found.first_bad, found.signed_by) == (False, 1, ())


def lines(contents: Members, name: str, change: Callable[[list[bytes]], None]) -> None:
    split = contents[name].splitlines(keepends=True)
    change(split)
    contents[name] = b"".join(split)


@pytest.mark.parametrize("number", range(1, 11))
def test_a_changed_entry_of_a_bundle_is_named(changed: Changed, number: int) -> None:
    def change(split: list[bytes]) -> None:
        split[number - 1] = split[number - 1].replace(b'"body":"{', b'"body":"{ ', 1)

    found = changed(lambda contents: lines(contents, ENTRIES, change)).found
    assert (found.valid, found.first_bad) == (False, number)


@pytest.mark.parametrize(
    "line",
    [
        b"\n", b"{}\n", b"[]\n", b"null\n", b"\xff\xfe\n", b"[" * 90_000 + b"\n", b"7\n",
        b'{"seq":1,"at":"x","kind":"x","body":"\\ud800","prev":"x","hash":"x"}\n',
        b'{"at":"x","body":7,"hash":"x","kind":"x","prev":"x","seq":5}\n',
        b'{"at":null,"body":"{}","hash":[],"kind":{},"prev":"x","seq":true}\n',
    ],
)  # fmt: skip
def test_a_line_that_is_no_entry_is_named(changed: Changed, line: bytes) -> None:
    def change(split: list[bytes]) -> None:
        split[4] = line

    found = changed(lambda contents: lines(contents, ENTRIES, change)).found
    assert (found.valid, found.first_bad) == (False, 5)


def test_an_entry_that_is_only_written_another_way_is_named(changed: Changed) -> None:
    def change(split: list[bytes]) -> None:
        split[4] = split[4].replace(b'"kind"', b' "kind"')

    assert changed(lambda contents: lines(contents, ENTRIES, change)).found.first_bad == 5


def remove(split: list[bytes]) -> None:
    del split[4]


def swap(split: list[bytes]) -> None:
    split[4], split[5] = split[5], split[4]


def double(split: list[bytes]) -> None:
    split.insert(4, split[3])


@pytest.mark.parametrize("change", [remove, swap, double])
def test_removed_swapped_and_doubled_lines_are_named(
    changed: Changed, change: Callable[[list[bytes]], None]
) -> None:
    found = changed(lambda contents: lines(contents, ENTRIES, change)).found
    assert (found.valid, found.first_bad) == (False, 5)


def cut(split: list[bytes]) -> None:
    del split[-1]


def test_a_bundle_cut_short_behind_its_checkpoints_does_not_agree_with_its_label(
    changed: Changed,
) -> None:
    found = changed(lambda contents: lines(contents, ENTRIES, cut)).found
    assert (found.valid, found.first_bad, found.complete_to) == (False, 10, 9)


def test_a_practice_bundle_cannot_be_labelled_as_a_real_one(changed: Changed) -> None:
    def change(contents: Members) -> None:
        contents[MANIFEST] = contents[MANIFEST].replace(b'"practice":true', b'"practice":false')

    found = changed(change).found
    assert (found.valid, found.first_bad) == (False, 1)


@pytest.mark.parametrize(
    "line", [b"\n", b"{}\n", b"\xff\n", b'{"seq":"a"}\n', b"[" * 60_000 + b"\n"]
)
def test_a_line_that_is_no_checkpoint_makes_the_bundle_invalid(
    changed: Changed, line: bytes
) -> None:
    found = changed(lambda contents: lines(contents, CHECKPOINTS, lambda split: split.append(line)))
    assert not found.found.valid


def test_a_bomb_in_the_evidence_is_named_and_not_unpacked(changed: Changed) -> None:
    def change(contents: Members) -> None:
        name = next(name for name in contents if name.startswith("evidence/"))
        contents[name] = packed(bytes(MAX_OBJECT_BYTES * 3))

    assert not changed(change).found.valid


@pytest.mark.parametrize("name", [MANIFEST, ENTRIES, CHECKPOINTS])
def test_a_bundle_without_one_of_its_parts_is_none(changed: Changed, name: str) -> None:
    def change(contents: Members) -> None:
        del contents[name]

    with pytest.raises(NotABundle):
        changed(change)


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/passwd", "evidence/../x", "keys/../../x.json", "other.txt",
     "evidence/ab/" + "a" * 62 + ".zz"],
)  # fmt: skip
def test_a_name_that_no_export_writes_is_refused(changed: Changed, name: str) -> None:
    with pytest.raises(NotABundle):
        changed(lambda contents: contents.update({name: b"x"}))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE, tarfile.XHDTYPE,
             tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE],
)  # fmt: skip
def test_links_devices_and_extended_headers_are_refused(bundle: Path, kind: bytes) -> None:
    member = tarfile.TarInfo(MANIFEST)
    member.type, member.linkname = kind, "/etc/passwd"
    bundle.write_bytes(member.tobuf(tarfile.USTAR_FORMAT) + bundle.read_bytes())
    with pytest.raises(NotABundle):
        verify_bundle(bundle)


def test_a_part_that_comes_twice_is_refused(bundle: Path) -> None:
    member = tarfile.TarInfo(MANIFEST)
    bundle.write_bytes(member.tobuf(tarfile.USTAR_FORMAT) + bundle.read_bytes())
    with pytest.raises(NotABundle):
        verify_bundle(bundle)


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 10_240, b"no archive" * 100, b"\x1f\x8b" + b"x" * 600]
)
def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(NotABundle):
        verify_bundle(tmp_path / "x.tar")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(NotABundle, match=r"x\.tar cannot be read: missing"):
        verify_bundle(tmp_path / "x.tar")


def test_no_changed_byte_that_counts_goes_unseen_and_none_ends_in_a_traceback(bundle: Path) -> None:
    whole, chance = bundle.read_bytes(), random.Random(3)  # noqa: S311
    contents = members(bundle)
    counted = {content for name, content in contents.items() if not name.startswith("keys/")}
    for _ in range(count(150, 5000)):
        at = chance.randrange(len(whole))
        bundle.write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
        )
        try:
            valid = verify_bundle(bundle).found.valid
        except NotABundle:
            continue
        # What verifies still holds the same parts: the change fell on padding, a header's owner
        # or date, or the name of the site on the label.
        if valid:
            kept = {c for name, c in members(bundle).items() if not name.startswith("keys/")}
            assert counted - kept <= {contents[MANIFEST]}


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_a_bundle_cut_off_anywhere_is_refused(bundle: Path, share: float) -> None:
    with tarfile.open(bundle) as whole:
        last = whole.getmembers()[-1]
    end = last.offset_data + last.size - 1
    bundle.write_bytes(bundle.read_bytes()[: int(end * share)])
    with pytest.raises(NotABundle):
        verify_bundle(bundle)
