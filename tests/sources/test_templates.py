"""Templates: placeholders that leave YAML are kept, and what is no YAML yet is told with what to render first."""

from __future__ import annotations

import json

import pytest

from sources.conftest import MANIFESTS, Home, pool, said, ways

TERRAFORM = (
    "is a template of Terraform, and not what the cluster gets before it is rendered: give what it renders to: the "
    "user data that a node has (`cloud-init query userdata`), or what `terraform console` prints for its "
    "`templatefile(…)`"
)
JINJA = (
    "is a template of Jinja, and not what the cluster gets before it is rendered: give what it renders to: Ansible "
    "writes that with `ansible localhost -m template -a 'src=… dest=…'`, cloud-init prints it with "
    "`cloud-init devel render`"
)
MAKEJINJA = (
    "is a template of makejinja, and not what the cluster gets before it is rendered: "
    "give what `makejinja` writes of it"
)


@pytest.mark.parametrize("value", ["${LB_CIDR}", '"{{ lb_cidr }}"', '${join(",", cidrs)}', '"#{ lb_cidr }#"'])
def test_placeholders_are_kept(home: Home, value: str) -> None:
    """A placeholder that is text to YAML stays, and is nothing to speak of."""
    reading = home.read(pool("a").replace("10.80.8.128/26", value))
    assert said(reading) == []
    assert reading.found[0].unrendered == ""
    assert value in reading.found[0].resource.fragment.text


@pytest.mark.parametrize(
    ("statement", "end", "told"),
    [
        ("%{ if server ~}", "%{ endif ~}", TERRAFORM),
        ("{% if server %}", "{% endif %}", JINJA),
    ],
)
def test_statements_between_entries(home: Home, statement: str, end: str, told: str) -> None:
    """A file with statements is said, with the first of them, and its entries are read at their places."""
    text = (
        f"#cloud-config\nwrite_files:\n{statement}\n"
        f"- path: {MANIFESTS}/p.yaml\n  content: {json.dumps(pool('a'))}\n{end}\n"
        f"- path: {MANIFESTS}/q.yaml\n  encoding: gz+b64\n  content: ${{packed}}\n"
    )
    reading = home.read(text)
    assert ways(reading) == [("a", "user-data.yaml, write_files[0].content, line 1")]
    assert reading.found[0].unrendered == told
    placeholder = "`write_files[1].content` holds nothing but the placeholder `${packed}`"
    assert said(reading) == [
        ("error", "user-data.yaml:3", told),
        ("warning", "user-data.yaml:9", f"{placeholder}: give the user data as it is rendered"),
    ]


def test_a_statement_inside_of_a_manifest(home: Home) -> None:
    """A manifest that is a template is said itself; the entries beside it are what they are."""
    manifest = pool("a", indent=4).replace("      - cidr", "%{ for c in cidrs }\n      - cidr")
    manifest = manifest.replace("%{", "    %{")
    first = f"- path: {MANIFESTS}/p.yaml\n  content: |\n{manifest}"
    text = f"write_files:\n{first}- path: {MANIFESTS}/q.yaml\n  content: |\n{pool('b', indent=4)}"
    reading = home.read(text)
    assert [(found.resource.name, found.unrendered) for found in reading.found] == [("a", TERRAFORM), ("b", "")]
    assert said(reading) == [("error", "user-data.yaml, write_files[0].content:7", TERRAFORM)]


@pytest.mark.parametrize(
    ("value", "told"), [("#{ lb_cidr }#", MAKEJINJA), ("{{ lb_cidr }}", JINJA)]
)  # fmt: skip
def test_what_yaml_takes_for_something_else(home: Home, value: str, told: str) -> None:
    """An expression that YAML takes for a comment or a mapping is told: the field would be empty."""
    reading = home.read(pool("a").replace("10.80.8.128/26", value))
    assert said(reading) == [("error", "user-data.yaml:7", told)]
    assert reading.found[0].unrendered == told


def test_statements_of_makejinja(home: Home) -> None:
    """Statements in makejinja's delimiters are comments to YAML, and what they guard is not certain."""
    reading = home.read(pool("a").replace("spec:\n", "#% if pools %#\nspec:\n"))
    assert said(reading) == [("error", "user-data.yaml:5", MAKEJINJA)]


def test_a_content_that_is_a_placeholder(home: Home) -> None:
    """A manifest that is nothing but a placeholder is asked for."""
    reading = home.read(f"write_files:\n- path: {MANIFESTS}/p.yaml\n  content: ${{indent(4, pools)}}\n")
    message = "holds nothing but the placeholder `${indent(4, pools)}`: give the user data as it is rendered"
    assert said(reading) == [("warning", "user-data.yaml, write_files[0].content", message)]


def test_jinja_of_cloud_init(home: Home) -> None:
    """User data that cloud-init renders itself is told: what its placeholders stand for differs from node to node."""
    content = pool("a", indent=4)
    text = f"## template: jinja\n#cloud-config\nwrite_files:\n- path: {MANIFESTS}/p.yaml\n  content: |\n{content}"
    reading = home.read(text)
    assert [name for name, _ in ways(reading)] == ["a"]
    message = (
        "cloud-init renders this on each node (`## template: jinja`): its placeholders stand for values of the node"
    )
    assert said(reading) == [("info", "user-data.yaml", message)]
