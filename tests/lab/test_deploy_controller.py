"""RKE2's deploy controller: what it does to a cluster when a file comes, changes, goes or is emptied.

What a migration relies on, and what it has to avoid, is seen here on an API server alone: whether an object stays, is
deleted or is written to needs nobody who acts on it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import pytest

from lab import CommandError, Lab

pytestmark = pytest.mark.needs("lab", "kubectl")

STORY = """
operator: false
servers:
  node-a:
  node-b:
"""
MARK: Final = "objectset.rio.cattle.io"
HASH: Final = f"{MARK}/hash"
MARKS: Final = {f"{MARK}/{name}" for name in ("applied", "id", "owner-gvk", "owner-name", "owner-namespace")}
POOLS: Final = "ciliumloadbalancerippools"
DIRECTORY: Final = "/var/lib/rancher/rke2/server/manifests"


def pool(name: str, *more: str) -> str:
    """One document: a pool with a first block, and what else its spec says."""
    lines = [
        "apiVersion: cilium.io/v2",
        "kind: CiliumLoadBalancerIPPool",
        "metadata:",
        f"  name: {name}",
        "spec:",
        *(f"  {line}" for line in more),
        "  blocks:",
        "  - cidr: 10.80.9.0/28",
    ]
    return "\n".join(lines) + "\n"


def documents(*texts: str) -> str:
    return "---\n".join(texts)


@pytest.fixture(autouse=True)
def blank(lab: Lab) -> None:
    """No file on any server, no pool, no AddOn, and both controllers started anew: a test begins with nothing."""
    for server in lab.servers.values():
        server.stop()
        for file in server.manifests.iterdir():
            file.unlink()
        server.disable = ()
    lab.kubectl("delete", "ciliumloadbalancerippools,addons", "--all", "--all-namespaces")
    for server in lab.servers.values():
        server.start()
    lab.deployed()


def write(lab: Lab, name: str, text: str, *servers: str) -> None:
    """Put a file on servers, on node-a unless others are named; on each it has been read before the next one's turn."""
    for server in servers or ("node-a",):
        lab.servers[server].write(name, text)
        lab.deployed()


def pools(lab: Lab) -> dict[str, Any]:
    return {one["metadata"]["name"]: one for one in lab.get(POOLS)["items"]}


def owners(lab: Lab) -> dict[str, str]:
    """The AddOn that each pool belongs to."""
    return {name: one["metadata"]["annotations"][f"{MARK}/owner-name"] for name, one in pools(lab).items()}


def addons(lab: Lab) -> dict[str, Any]:
    return {one["metadata"]["name"]: one for one in lab.get("--all-namespaces", "addons")["items"]}


def versions(lab: Lab) -> dict[str, str]:
    return {name: one["metadata"]["resourceVersion"] for name, one in pools(lab).items()}


def disable_pool(lab: Lab, name: str) -> None:
    """A change by hand: the pool is taken out of use."""
    lab.kubectl("patch", POOLS, name, "--type=merge", "--patch", '{"spec": {"disabled": true}}')


def disabled(lab: Lab) -> Mapping[str, bool]:
    return {name: one["spec"]["disabled"] for name, one in pools(lab).items()}


def test_what_it_leaves_on_an_object(lab: Lab) -> None:
    """A label and five annotations name the AddOn; no owner reference does; the field manager names the server."""
    write(lab, "pools.lan.yaml", pool("lan"))
    found = json.loads(lab.kubectl("get", POOLS, "lan", "--show-managed-fields", "-o", "json"))["metadata"]
    assert found["labels"].keys() == {HASH}
    assert found["annotations"].keys() == MARKS
    assert {key: value for key, value in found["annotations"].items() if not key.endswith("/applied")} == {
        f"{MARK}/id": "",
        f"{MARK}/owner-gvk": "k3s.cattle.io/v1, Kind=Addon",
        f"{MARK}/owner-name": "pools",
        f"{MARK}/owner-namespace": "kube-system",
    }
    assert "ownerReferences" not in found
    assert [(one["manager"], one["operation"]) for one in found["managedFields"]] == [("deploy@node-a", "Update")]
    addon = addons(lab)["pools"]
    assert addon["metadata"]["namespace"] == "kube-system"
    assert addon["metadata"]["annotations"] == {
        "addon.k3s.cattle.io/gvks": "cilium.io/v2, Kind=CiliumLoadBalancerIPPool"
    }
    assert addon["spec"] == {
        "source": f"{DIRECTORY}/pools.lan.yaml",
        "checksum": sha256(pool("lan").encode()).hexdigest(),
    }


def test_it_tells_of_itself_in_events(lab: Lab) -> None:
    """Each file that it applies, and each that fails, is an event at the AddOn."""
    write(lab, "told.yaml", pool("told"))
    write(lab, "broken.yaml", "kind: [")

    def told() -> set[tuple[str, str]]:
        found = lab.get("--namespace=kube-system", "events")["items"]
        names = {"told", "broken"}
        return {(it["involvedObject"]["name"], it["reason"]) for it in found if it["involvedObject"]["name"] in names}

    lab.eventually(told, {("told", "ApplyingManifest"), ("told", "AppliedManifest"), ("broken", "ParseManifestFailed")})


def test_a_foreign_object_is_taken_over(lab: Lab) -> None:
    """What somebody else made is patched to what the file says, without a question; its identity stays."""
    lab.kubectl("apply", "-f", "-", stdin=pool("lan", "disabled: true"))
    before = pools(lab)["lan"]["metadata"]
    write(lab, "pools.yaml", pool("lan", "disabled: false"))
    after = pools(lab)["lan"]
    assert after["metadata"]["uid"] == before["uid"]
    assert (owners(lab), disabled(lab)) == ({"lan": "pools"}, {"lan": False})


def test_an_unknown_field_is_dropped_without_a_word(lab: Lab) -> None:
    """No pass fails, and the API server drops the field."""
    write(lab, "pools.yaml", pool("lan", "description: of no meaning"))
    assert pools(lab)["lan"]["spec"] == {"blocks": [{"cidr": "10.80.9.0/28"}], "disabled": False}
    assert {error for done in lab.servers["node-a"].passes() for error in done.errors} == set()


def test_which_files_are_manifests(lab: Lab) -> None:
    """Three endings in any case, in folders too; no dotfile; of documents those with content; a List for its items."""
    other = lab.servers["node-a"]
    other.write("a.YAML", pool("a"))
    other.write("sub/deep/b.yml", documents("# nothing\n", pool("b"), "\n", pool("c")))
    other.write("d.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": [_plain("d"), _plain("e")]}))
    other.write(".hidden.yaml", pool("hidden"))
    other.write("g.yaml.migrated", pool("g"))
    other.write("h.yaml.bak", pool("h"))
    done = lab.deployed()["node-a"]
    assert done.errors == ()
    assert owners(lab) == {"a": "a", "b": "b", "c": "b", "d": "d", "e": "d"}
    lab.on_server("node-a", f"rm -r {DIRECTORY}/sub")


def _plain(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumLoadBalancerIPPool",
        "metadata": {"name": name},
        "spec": {"blocks": [{"cidr": "10.80.9.0/28"}]},
    }


def test_a_deleted_file_changes_nothing(lab: Lab) -> None:
    """Objects and AddOn stay as they are, also when the controller starts anew."""
    write(lab, "pools.yaml", pool("lan"))
    before = versions(lab)
    lab.on_server("node-a", f"rm {DIRECTORY}/pools.yaml")
    lab.deployed()
    lab.servers["node-a"].start()
    assert lab.deployed()["node-a"].applied == ()
    assert (versions(lab), set(addons(lab))) == (before, {"pools"})


def test_a_deleted_addon_deletes_nothing(lab: Lab) -> None:
    """Nothing refers to it: with the file gone first, the object stays and nobody looks after it."""
    write(lab, "pools.yaml", pool("lan"))
    lab.on_server("node-a", f"rm {DIRECTORY}/pools.yaml")
    before = versions(lab)
    lab.kubectl("delete", "--namespace=kube-system", "addon", "pools")
    lab.deployed()
    assert (versions(lab), addons(lab)) == (before, {})


def test_a_skipped_file_is_left_alone(lab: Lab) -> None:
    """`.skip` beside a file: neither a change in it nor its emptying is read, by a restart neither."""
    write(lab, "pools.yaml", pool("lan"))
    lab.on_server("node-a", f"touch {DIRECTORY}/pools.yaml.skip")
    before = versions(lab)
    write(lab, "pools.yaml", pool("lan", "disabled: true"))
    write(lab, "pools.yaml", "# nothing is left\n")
    lab.servers["node-a"].start()
    assert lab.deployed()["node-a"].applied == ()
    assert versions(lab) == before


def test_a_skip_that_is_taken_away_lets_the_file_in_again(lab: Lab) -> None:
    """What was changed meanwhile is applied at the next pass."""
    write(lab, "pools.yaml", pool("lan"))
    lab.on_server("node-a", f"touch {DIRECTORY}/pools.yaml.skip")
    write(lab, "pools.yaml", pool("lan", "disabled: true"))
    assert disabled(lab) == {"lan": False}
    lab.on_server("node-a", f"rm {DIRECTORY}/pools.yaml.skip")
    lab.deployed()
    assert disabled(lab) == {"lan": True}


def test_an_emptied_file_deletes_all_that_it_had(lab: Lab) -> None:
    """A file of comments applies nothing, and what it applied before is deleted."""
    write(lab, "pools.yaml", documents(pool("lan"), pool("vip")))
    write(lab, "pools.yaml", "# moved\n")
    assert pools(lab) == {}


def test_a_removed_document_is_deleted(lab: Lab) -> None:
    """A file with fewer documents deletes what is not in it any more, also the last one of its kind."""
    write(lab, "pools.yaml", documents(pool("lan"), pool("vip")))
    write(lab, "pools.yaml", pool("lan"))
    assert set(pools(lab)) == {"lan"}
    write(lab, "pools.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: lan\n")
    assert pools(lab) == {}
    assert lab.get("configmap", "lan")["metadata"]["namespace"] == "default"


def test_a_label_on_the_live_object_keeps_it(lab: Lab) -> None:
    """With `prune=false` on it in the cluster it stays when its document goes; the other one goes."""
    write(lab, "pools.yaml", documents(pool("lan"), pool("vip")))
    lab.kubectl("label", POOLS, "vip", f"{MARK}/prune=false")
    write(lab, "pools.yaml", "# moved\n")
    assert set(pools(lab)) == {"vip"}


def test_an_object_without_the_marks_is_not_found(lab: Lab) -> None:
    """Without the label it is nobody's: the file can be emptied and the object stays."""
    write(lab, "pools.yaml", documents(pool("lan"), pool("vip")))
    lab.kubectl("label", POOLS, "vip", f"{HASH}-")
    lab.kubectl("annotate", POOLS, "vip", *(f"{mark}-" for mark in sorted(MARKS)))
    write(lab, "pools.yaml", "# moved\n")
    assert set(pools(lab)) == {"vip"}


def test_a_renamed_file_takes_its_objects_over(lab: Lab) -> None:
    """They belong to the new name, are the same objects, and the old AddOn stays and does no harm when it goes."""
    write(lab, "pools.yaml", pool("lan"))
    before = pools(lab)["lan"]["metadata"]["uid"]
    lab.on_server("node-a", f"mv {DIRECTORY}/pools.yaml {DIRECTORY}/lan.yaml")
    lab.deployed()
    assert (owners(lab), set(addons(lab))) == ({"lan": "lan"}, {"lan", "pools"})
    lab.kubectl("delete", "--namespace=kube-system", "addon", "pools")
    lab.deployed()
    assert pools(lab)["lan"]["metadata"]["uid"] == before


def test_a_part_can_move_to_a_file_of_its_own_first(lab: Lab) -> None:
    """Written into a second file first, and then left out of its own, a document changes hands and is not deleted."""
    write(lab, "all.yaml", documents(pool("lan"), pool("vip")))
    before = {name: one["metadata"]["uid"] for name, one in pools(lab).items()}
    write(lab, "vip.yaml", pool("vip"))
    write(lab, "all.yaml", pool("lan"))
    assert owners(lab) == {"lan": "all", "vip": "vip"}
    assert {name: one["metadata"]["uid"] for name, one in pools(lab).items()} == before


def test_one_addon_for_two_files_of_one_name(lab: Lab) -> None:
    """Up to the first dot and in whatever folder: each of the two deletes what the other one applied."""
    write(lab, "lan/pools.yaml", pool("lan"))
    write(lab, "pools.vip.yaml", pool("vip"))
    assert set(pools(lab)) == {"vip"}
    lab.on_server("node-a", f"rm -r {DIRECTORY}/lan")


def test_a_name_that_is_no_name_fails(lab: Lab) -> None:
    """A file with an underscore has no AddOn, and is not applied."""
    write(lab, "my_pools.yaml", pool("lan"))
    done = lab.deployed()["node-a"]
    assert len(done.errors) == 1
    assert done.errors[0].startswith('my_pools.yaml: Addon.k3s.cattle.io "my_pools" is invalid: metadata.name: ')
    assert pools(lab) == {}


def test_what_is_disabled_is_deleted_with_its_file(lab: Lab) -> None:
    """`disable:` deletes the objects, the file and the AddOn; `.skip` beside the file does not hold it back."""
    write(lab, "pools.yaml", pool("lan"))
    write(lab, "other.yaml", pool("other"))
    lab.on_server("node-a", f"touch {DIRECTORY}/pools.yaml.skip")
    server = lab.servers["node-a"]
    server.disable = ("pools",)
    server.start()
    assert lab.deployed(since={"node-a": 0})["node-a"].deleted == ("pools.yaml",)
    assert (set(pools(lab)), set(addons(lab))) == ({"other"}, {"other"})
    assert sorted(path.name for path in server.manifests.iterdir()) == ["other.yaml", "pools.yaml.skip"]


def test_a_folder_can_be_disabled(lab: Lab) -> None:
    """`disable:` with the name of a folder takes all that is in it."""
    write(lab, "lan/pools.yaml", pool("lan"))
    server = lab.servers["node-a"]
    server.disable = ("lan",)
    server.start()
    assert lab.deployed(since={"node-a": 0})["node-a"].deleted == ("lan/pools.yaml",)
    assert pools(lab) == {}
    lab.on_server("node-a", f"rmdir {DIRECTORY}/lan")


def test_only_a_changed_file_is_read_again(lab: Lab) -> None:
    """A change by hand stays as long as the file does; touching the file without a change does nothing either."""
    write(lab, "pools.yaml", pool("lan", "disabled: false"))
    disable_pool(lab, "lan")
    lab.on_server("node-a", f"touch {DIRECTORY}/pools.yaml")
    assert lab.deployed()["node-a"].applied == ()
    assert disabled(lab) == {"lan": True}


def test_a_restart_reverts_what_was_changed_by_hand(lab: Lab) -> None:
    """The first pass applies every file, changed or not."""
    write(lab, "pools.yaml", pool("lan", "disabled: false"))
    disable_pool(lab, "lan")
    lab.servers["node-a"].start()
    done = lab.deployed(since={"node-a": 0})["node-a"]
    assert (done.forced, done.applied) == (True, ("pools.yaml",))
    assert disabled(lab) == {"lan": False}


def test_a_restart_keeps_what_the_file_does_not_say(lab: Lab) -> None:
    """A field that somebody added, and the file never had, stays."""
    write(lab, "pools.yaml", pool("lan"))
    selector = {"matchLabels": {"public": "true"}}
    lab.kubectl("patch", POOLS, "lan", "--type=merge", "--patch", json.dumps({"spec": {"serviceSelector": selector}}))
    lab.servers["node-a"].start()
    lab.deployed(since={"node-a": 0})
    assert pools(lab)["lan"]["spec"]["serviceSelector"] == selector


def test_one_file_that_fails_reverts_all_others_again_and_again(lab: Lab) -> None:
    """After a restart every pass is forced until one has no error: a change by hand lasts until the next pass."""
    write(lab, "pools.yaml", pool("lan", "disabled: false"))
    write(lab, "wrong.yaml", pool("lan").replace("CiliumLoadBalancerIPPool", "NoSuchKind").replace("lan", "none"))
    lab.servers["node-a"].start()
    for _ in range(3):
        disable_pool(lab, "lan")
        done = lab.deployed()["node-a"]
        assert (done.forced, done.applied) == (True, ("pools.yaml",))
        assert done.errors == ("wrong.yaml: failed to discover client for cilium.io/v2, Kind=NoSuchKind",)
        assert disabled(lab) == {"lan": False}
    lab.on_server("node-a", f"rm {DIRECTORY}/wrong.yaml")
    lab.deployed()
    disable_pool(lab, "lan")
    assert lab.deployed()["node-a"].forced is False
    assert disabled(lab) == {"lan": True}


def test_a_file_that_fails_later_leaves_the_others_alone(lab: Lab) -> None:
    """Once a pass had no error none is forced any more: the broken file alone is tried again."""
    write(lab, "pools.yaml", pool("lan", "disabled: false"))
    write(lab, "wrong.yaml", "kind: [")
    disable_pool(lab, "lan")
    done = lab.deployed()["node-a"]
    assert (done.forced, done.applied, len(done.errors)) == (False, (), 1)
    assert disabled(lab) == {"lan": True}


def test_two_servers_with_one_file_are_one_owner(lab: Lab) -> None:
    """The same text on both is applied once: the second finds its checksum at the AddOn."""
    write(lab, "pools.yaml", pool("lan"), "node-a", "node-b")
    done = [done for server in lab.servers.values() for done in server.passes()]
    assert [one.applied for one in done if one.applied] == [("pools.yaml",)]


def test_of_two_servers_the_last_one_wins(lab: Lab) -> None:
    """Files are not carried from server to server; each text under one name undoes all that the other one's says."""
    write(lab, "pools.yaml", documents(pool("lan"), pool("vip")), "node-a")
    write(lab, "pools.yaml", pool("lan", "disabled: true"), "node-b")
    assert disabled(lab) == {"lan": True}
    lab.servers["node-a"].start()
    lab.deployed(since={"node-a": 0})
    assert disabled(lab) == {"lan": False, "vip": False}


def test_a_file_on_one_server_brings_back_what_was_skipped_on_the_other(lab: Lab) -> None:
    """`.skip` counts on its own server alone: a restart of the other one reverts what has a new owner."""
    write(lab, "pools.yaml", pool("lan", "disabled: false"), "node-a", "node-b")
    lab.on_server("node-a", f"touch {DIRECTORY}/pools.yaml.skip")
    disable_pool(lab, "lan")
    lab.servers["node-a"].start()
    lab.deployed(since={"node-a": 0})
    assert disabled(lab) == {"lan": True}
    lab.servers["node-b"].start()
    lab.deployed(since={"node-b": 0})
    assert disabled(lab) == {"lan": False}


def test_a_command_on_a_server(lab: Lab) -> None:
    """It sees its own server's files at RKE2's place, and the cluster; its exit code and its words are its own."""
    lab.servers["node-a"].write("pools.yaml.skip", "")
    assert lab.on_server("node-a", f"ls {DIRECTORY}") == "pools.yaml.skip\n"
    assert lab.on_server("node-b", f"cd {DIRECTORY} && ls -A | wc -l") == "0\n"
    assert lab.on_server("node-b", "kubectl get namespace default -o name") == "namespace/default\n"
    assert lab.on_server("node-b", "sh -c 'echo \"$0 $1\" two; exit 0' zero one") == "zero one two\n"
    with pytest.raises(CommandError, match=r"ended with exit code 3:\nno$"):
        lab.on_server("node-a", "echo no; exit 3")
    with pytest.raises(CommandError, match=r"ended with exit code 255:\nno server node-c in this lab$"):
        lab.on_server("node-c", "true")
