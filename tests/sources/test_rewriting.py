"""Sources without what moved: the smallest edit, exact texts, and refusals where something else would change."""

from __future__ import annotations

import base64
import gzip
import json
from urllib.parse import quote

import pytest

from cilium_networking.errors import EditError
from cilium_networking.sources import read_sources, rewritten
from sources.conftest import MANIFESTS, Home, pool
from sources.test_carriers import CLUSTER_API, CONFIG_MAP, MULTIPART


def entry(name: str, *pools: str, head: str = "") -> str:
    body = "    ---\n".join(pool(one, indent=4) for one in pools)
    return f"- path: {MANIFESTS}/{name}.yaml\n  content: |  # by hand\n{head}{body}"


SOURCE = f"""\
#cloud-config
# of rack 3
hostname:   'cp-1'   # odd

write_files:
# keep this
- path: /etc/motd
  content: "hello\\n"

# the pools
{entry("pools", "a", "b", head="    # site pools" + chr(10) + chr(10))}
# below
- path: /etc/issue
  content: x
runcmd: [ls]
"""


def test_a_document_of_a_literal(home: Home) -> None:
    """A document goes as its lines; the head of the text, the comments around and every other byte stay."""
    assert home.without(SOURCE, "b") == SOURCE.replace("    ---\n" + pool("b", indent=4), "")
    assert home.without(SOURCE, "a") == SOURCE.replace(pool("a", indent=4) + "    ---\n", "")


def test_an_entry_goes_with_its_last_object(home: Home) -> None:
    """An entry of which nothing is left goes, with the comment right above it."""
    start, end = SOURCE.index("# the pools"), SOURCE.index("# below")
    assert home.without(SOURCE, "a", "b") == SOURCE[:start] + "\n" + SOURCE[end:]


def test_what_was_done_is_told(home: Home) -> None:
    """Each object that was taken out has a sentence, and so has each entry that went with it."""
    reading = home.read(SOURCE)
    (one,) = rewritten(reading, reading.found)
    assert one.told == (
        "CiliumLoadBalancerIPPool a is taken out of write_files[1].content, document 1, line 3",
        "CiliumLoadBalancerIPPool b is taken out of write_files[1].content, document 2, line 11",
        "write_files[1] goes: nothing is left of it",
    )


def test_a_list_goes_with_its_last_entry(home: Home) -> None:
    """A list that would be empty goes with its key, and a file of which nothing is left has no text."""
    source = f"#cloud-config\nwrite_files:\n{entry('pools', 'a')}runcmd: [ls]\n"
    assert home.without(source, "a") == "#cloud-config\nruncmd: [ls]\n"
    assert home.without(f"write_files:\n{entry('pools', 'a')}", "a") is None


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_line_breaks_and_a_byte_order_mark(home: Home, newline: str, bom: str) -> None:
    """CRLF stays CRLF, and a byte order mark stays where it was."""
    source = bom + SOURCE.replace("\n", newline)
    gone = ("    ---\n" + pool("b", indent=4)).replace("\n", newline)
    assert home.without(source, "b") == source.replace(gone, "")


@pytest.mark.parametrize("urlsafe", [True, False])
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("width", [0, 64, 76])
def test_base64_is_written_as_it_was(home: Home, *, urlsafe: bool, padded: bool, width: int) -> None:
    """The alphabet, the padding and the length of lines of base64 are those of the source."""

    def encode(text: str) -> str:
        data = (base64.urlsafe_b64encode if urlsafe else base64.b64encode)(text.encode()).decode()
        data = data if padded else data.rstrip("=")
        lines = [data[at : at + width] for at in range(0, len(data), width)] if width else [data]
        return "".join(f"    {line}\n" for line in lines)

    kept = "# ~~~???>>>ÿÿ\n" + pool("a")
    both = kept + "---\n" + pool("bb") + "# the end\n"
    assert len(both.encode()) % 3
    source = f"write_files:\n- path: {MANIFESTS}/p.yaml\n  encoding: b64\n  content: |\n{{}}  owner: root\n"
    assert home.without(source.format(encode(both)), "bb") == source.format(encode(kept))


def test_gzip_is_packed_again(home: Home) -> None:
    """gzip keeps its header but for the time, so that the same edit twice gives the same bytes."""
    packed = gzip.compress((pool("a") + "---\n" + pool("b")).encode(), mtime=1700000000)
    head = f"write_files:\n- path: {MANIFESTS}/p.yaml\n  encoding: gz+b64\n  content: "
    after = home.without(head + base64.b64encode(packed).decode() + "\n", "b")
    assert after is not None
    assert after.startswith(head)
    data = base64.b64decode(after.removeprefix(head))
    assert (data[:10], gzip.decompress(data).decode()) == (packed[:4] + b"\0\0\0\0" + packed[8:10], pool("a"))


@pytest.mark.parametrize("wrap", [gzip.compress, base64.b64encode, base64.encodebytes])
def test_user_data_that_is_wrapped_whole(home: Home, wrap: object) -> None:
    """A source that is encoded as a whole is encoded again."""
    assert callable(wrap)
    reading = home.read(wrap(SOURCE.encode()), "user-data")
    (one,) = rewritten(reading, [found for found in reading.found if found.resource.name == "b"])
    assert one.after is not None
    again = home.read(one.after, "user-data")
    assert again.layers[0].text == SOURCE.replace("    ---\n" + pool("b", indent=4), "")
    assert again.layers[0].encoding == reading.layers[0].encoding


@pytest.mark.parametrize("width", [0, 4])
def test_quoted_scalars(home: Home, width: int) -> None:
    """A text in quotes is written in the same quotes, whatever stands beside it."""
    source = f"write_files:\n- path: {MANIFESTS}/p.yaml\n{' ' * width}\n  content: {{}}  # here\n  owner: root\n"
    both, kept = (json.dumps(text) for text in (pool("a") + "---\n" + pool("b"), pool("a")))
    assert home.without(source.format(both), "b") == source.format(kept)


def test_ignition(home: Home) -> None:
    """In JSON a data URL keeps its form and its escapes, and everything around it every byte."""
    both, third = pool("a") + "---\n" + pool("b"), base64.b64encode(pool("c").encode()).decode()
    config = {
        "ignition": {"version": "3.3.0"},
        "storage": {
            "files": [
                {"path": "/etc/x", "contents": {"source": "data:,x%20y"}},
                {"path": f"{MANIFESTS}/p.yaml", "contents": {"source": "data:," + quote(both)}},
                {"path": f"{MANIFESTS}/q.yaml", "contents": {"source": "data:;base64," + third}},
            ]
        },
    }  # fmt: skip
    source = json.dumps(config, indent=2) + "\n"
    after = source.replace(quote("---\n" + pool("b")), "")
    assert home.without(source, "b") == after
    files = config["storage"]["files"]  # type: ignore[index]
    assert (
        home.without(source, "b", "c")
        == json.dumps({**config, "storage": {"files": files[:2]}}, indent=2).replace(quote("---\n" + pool("b")), "")
        + "\n"
    )


def test_cluster_api(home: Home) -> None:
    """Butane in an object of Cluster API loses its file, the object its entry, each at its place."""
    after = home.without(CLUSTER_API, "b")
    start = CLUSTER_API.index("    additionalUserData:")
    cut = CLUSTER_API.index("        storage:")
    assert after == CLUSTER_API[:cut]
    assert start < cut
    files = CLUSTER_API[
        CLUSTER_API.index(f"  - path: {MANIFESTS}/a.yaml") : CLUSTER_API.index(f"  - path: {MANIFESTS}/s")
    ]
    assert home.without(CLUSTER_API, "a") == CLUSTER_API.replace(files, "")


def test_a_config_map_of_manifests(home: Home) -> None:
    """A key of the ConfigMap that a control plane names goes with its last object."""
    source = CLUSTER_API + "---\n" + CONFIG_MAP
    assert home.without(source, "c") == source[: source.rindex("\ndata:\n") + 1]


def test_multipart(home: Home) -> None:
    """Boundaries and headers keep every byte; a part of which nothing is left goes with them."""
    part = MULTIPART[
        MULTIPART.index("--===1==\nContent-Type: text/cloud-config; ") : MULTIPART.index(
            "--===1==\nContent-Type: text/x-"
        )
    ]
    assert home.without(MULTIPART, "a") == MULTIPART.replace(part, "")
    twice = MULTIPART.replace(pool("a", indent=4), pool("a", indent=4) + "    ---\n" + pool("b", indent=4))
    assert home.without(twice, "b") == MULTIPART


PLAIN = f"""\
# of the site team
# (c) rack 3

# the first
{pool("a")}
# --- dmz ---
---
# the second
{pool("b")}---
{pool("c")}"""


def test_plain_manifests(home: Home) -> None:
    """A file of manifests loses the document with its own comments; those of its neighbours and its head stay."""
    assert home.without(PLAIN, "a", name="p.yaml") == PLAIN.replace("# the first\n" + pool("a") + "\n", "").replace(
        "---\n# the second", "# the second"
    )
    assert home.without(PLAIN, "b", name="p.yaml") == PLAIN.replace("---\n# the second\n" + pool("b"), "")
    assert home.without(PLAIN, "c", name="p.yaml") == PLAIN.removesuffix("---\n" + pool("c"))
    assert home.without(PLAIN, "a", "b", "c", name="p.yaml") is None


def test_only_sources_with_moved_objects(home: Home) -> None:
    """A source that nothing moves from is not given, and neither is an export of a cluster."""
    live = pool("b").replace("  name: b\n", "  name: b\n  uid: 1f0a\n")
    reading = read_sources(
        [home.write("a.yaml", pool("a")), home.write("b.yaml", live), home.write("c.yaml", pool("c"))]
    )
    made = rewritten(reading, [found for found in reading.found if found.resource.name != "c"])
    assert [(one.name, one.after) for one in made] == [("a.yaml", None)]
    assert rewritten(reading, []) == ()


def test_a_list_that_is_no_export(home: Home) -> None:
    """A `kind: List` that somebody wrote loses its item."""
    source = f"apiVersion: v1\nkind: List\nitems:\n- {pool('a', indent=2)[2:]}# the next\n- {pool('b', indent=2)[2:]}"
    assert home.without(source, "b") == source[: source.index("# the next")]


def refused(home: Home, source: str, *names: str) -> str:
    reading = home.read(source)
    with pytest.raises(EditError) as raised:
        rewritten(reading, [found for found in reading.found if found.resource.name in names])
    return raised.value.message


def test_what_is_written_over_would_come_to_life(home: Home) -> None:
    """An entry whose object never reached the node may not begin to, because the one that wrote over it went."""
    source = f"write_files:\n{entry('p', 'a')}{entry('p', 'b')}- path: /x\n"
    message = "would come to life without what is written over it: take it out as well"
    assert refused(home, source, "b") == f"user-data.yaml, write_files[0].content, line 1: {message}"
    assert home.without(source, "a", "b") == "write_files:\n- path: /x\n"


def test_entries_that_share_a_document(home: Home) -> None:
    """A manifest that is split over two entries goes whole, both with it, or not at all."""
    head, tail = pool("a", indent=4).split("    spec:\n")
    path = f"- path: {MANIFESTS}/p.yaml\n"
    source = (
        f"write_files:\n{path}  content: |\n{pool('b', indent=4)}    ---\n{head}"
        f"{path}  append: true\n  content: |\n    spec:\n{tail}- path: /x\n"
    )
    message = "only all of it can be taken out, because entries share a document"
    way = "user-data.yaml, write_files[0].content + write_files[1].content"
    assert refused(home, source, "a") == f"{way}: {message}"
    assert home.without(source, "a", "b") == "write_files:\n- path: /x\n"


def test_anchors(home: Home) -> None:
    """An entry that others lean on by an alias stays, with the reason."""
    first = f"- path: {MANIFESTS}/p.yaml\n  owner: &o root\n  content: {json.dumps(pool('a'))}\n"
    source = f"write_files:\n{first}- {{path: /x, owner: *o}}\n"
    assert refused(home, source, "a") == "`write_files[0]` cannot be edited here: alias *o has no anchor before it"


def test_a_template_is_not_rewritten(home: Home) -> None:
    """What is no YAML before it is rendered is left to be rendered first."""
    source = f"write_files:\n%{{ if server ~}}\n{entry('p', 'a')}%{{ endif ~}}\n"
    assert refused(home, source, "a").startswith(
        "user-data.yaml, write_files[0].content, line 1: cannot be taken out of a template: is a template of Terraform"
    )
