"""Every verb and option, declared once: the parser, ``--help``, ``docs/cli.md`` and completion are made from this.

A text here is what a reader needs to choose; how a verb does its work is told where it is done.
"""

from __future__ import annotations

from typing import Final, Literal

from ..records import dataclass

#: What a shell offers for a value.
Completes = Literal["nothing", "file", "directory", "setting", "release", "name", "shell"]

SHELLS: Final = ("bash", "zsh", "fish")
FORMATS: Final = ("text", "json", "github", "sarif")
#: Of a report that is not a list of findings alone.
REPORTS: Final = ("text", "markdown", "json")
PAGES: Final = ("setters", "cli", "schema", "yaml", "rules", "migrations")


@dataclass(frozen=True, slots=True)
class Option:
    """An option; one without ``value`` is a switch."""

    name: str
    doc: str
    #: What its value is called.
    value: str | None = None
    choices: tuple[str, ...] = ()
    repeated: bool = False
    completes: Completes = "nothing"
    #: Whether it is about the operands behind it, up to the next of its kind.
    leads: bool = False

    @property
    def field(self) -> str:
        """What its value is called among the arguments."""
        return self.name.removeprefix("--").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Command:
    """A verb. ``operand`` is what stands behind it: ``PATH``, ``PATH...`` for several, ``[NAME]`` for none or one."""

    name: str
    summary: str
    operand: str
    completes: Completes
    text: str
    options: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()
    #: What the operand has to be, for whoever left it out.
    needs: str = "a path: the directory of a package, or one of its files"

    @property
    def at_least(self) -> int:
        return 0 if self.operand[:1] in ("", "[") else 1

    @property
    def at_most(self) -> int | None:
        return None if self.operand.endswith("...") else 1 if self.operand else 0

    @property
    def usage(self) -> str:
        words = ["cilium-networking", self.name, self.operand, "[OPTION...]" if self.options else ""]
        return " ".join(filter(None, words))


HELP: Final = Option("--help", "say this; `-h` does too")

_CONFIG: Final = Option(
    "--config",
    "take the settings from this file, a ConfigMap or a CiliumNetworking, and not from the Kptfile",
    value="FILE",
    completes="file",
)
_SET: Final = Option(
    "--set",
    "give one setting; wins over `--config`, and like it keeps the Kptfile out",
    value="NAME=VALUE",
    repeated=True,
    completes="setting",
)
_FORMAT: Final = Option("--format", "how findings are written; `text` is the default", value="FORMAT", choices=FORMATS)
_VERBOSE: Final = Option("--verbose", "also say what stands (findings of severity info)")

_SETTINGS: Final = """\
The settings come from where the package's own pipeline has them: the entry with our image among the mutators of the
Kptfile in the directory. With `--config` or `--set` the Kptfile is not consulted. Without any of them there are no
settings."""

COMMANDS: Final = (
    Command(
        "render",
        "put every setting in its place, and make what the settings ask for",
        "PATH",
        "file",
        f"""\
PATH is the directory of a package, or one of its files. Files are changed in place: only the values that the settings
give, and no other byte. With an error among the findings nothing is written.

{_SETTINGS}

Findings go to stderr. With a `--format` other than `text` they go to stdout, with the list of changed files.""",
        (
            _CONFIG,
            _SET,
            Option("--adopt", "take over objects of the same name that do not carry our label"),
            Option("--diff", "write nothing; print what would change, for `patch -p1 -d PATH`"),
            Option("--check", "write nothing; exit 1 when something would change"),
            Option(
                "--output",
                "write the whole package there, with its other files, and leave PATH alone",
                value="DIR",
                completes="directory",
            ),
            _FORMAT,
            _VERBOSE,
        ),
        (
            "cilium-networking render networking",
            "cilium-networking render networking --diff --set bgp-peer-asn=65010 --set node-gateway-ip=10.80.0.254",
            "cilium-networking render networking --check --format github",
            "cilium-networking render networking --config site-b.yaml --output rendered/site-b",
        ),
    ),
    Command(
        "validate",
        "say what is wrong, and what an expert would say of it; change nothing unless asked",
        "PATH...",
        "file",
        f"""\
Each PATH is one cluster: the directory of a package, one of its files, or an export of a live cluster (`kubectl get
... -o yaml`, a `kind: List`). Several are compared with one another too. Judged are the settings, every object against
the schema of the target release, whether the package is what its settings give, and whether the objects work together:
the rules of `docs/rules/`, each of which `cilium-networking explain CN101` tells. The report goes to stdout; of a
package that is right there is none.

A cluster whose files are spread over several directories is named, and all of them stand behind its name:
`--cluster rack0 catalog/cilium/* clusters/rack0`. What clusters share may stand behind the name of each. One of the
directories may have a Kptfile with settings, which are then the cluster's.

What no object says, networks, gateways, DHCP ranges and the nodes' interfaces, is told by a NetworkInventory, in the
package or with `--inventory`. The CNI's Helm values are those of a HelmChartConfig, a HelmChart or a HelmRelease, or of
a file (`--values`), which is then taken for all that the chart is given.

With `--release` given several times everything is judged for each of these releases, and what holds in only some of
them says in which: what an upgrade breaks, and when. One is the release to judge for, whatever the settings say.

`--fix` carries out what the rules are certain of, as `render` changes files, and reports what is left after it.

{_SETTINGS}""",
        (
            _CONFIG,
            _SET,
            Option(
                "--cluster",
                "the PATHs behind it, up to the next, are one cluster, which messages call by this name",
                value="NAME",
                repeated=True,
                leads=True,
            ),
            Option(
                "--inventory",
                "a NetworkInventory kept outside of the package; with several clusters one for each, in their order",
                value="FILE",
                repeated=True,
                completes="file",
            ),
            Option(
                "--values",
                "a file of Helm values that Cilium has; with several clusters one for each, in their order",
                value="FILE",
                repeated=True,
                completes="file",
            ),
            Option(
                "--release",
                "the release of Cilium to judge for; several say what holds in which",
                value="RELEASE",
                repeated=True,
                completes="release",
            ),
            Option("--fix", "mend what has a certain answer, in place"),
            Option("--diff", "with `--fix`: write nothing; print what would change, for `patch -p1 -d PATH`"),
            _FORMAT,
            _VERBOSE,
        ),
        (
            "cilium-networking validate networking",
            "cilium-networking validate clusters/* --set cilium-version=1.18 --format sarif",
            "cilium-networking validate --cluster a catalog/* clusters/a --cluster b catalog/* clusters/b",
            "cilium-networking validate networking --release 1.17 --release 1.19",
            "cilium-networking validate networking --fix --diff",
            "cilium-networking validate networking --inventory site.yaml --values cilium-values.yaml",
        ),
    ),
    Command(
        "migrate",
        "move pools, L2 and BGP from cloud-config and manifests into a package, without an outage",
        "FROM...",
        "file",
        """\
FROM is what a cluster is made from: user data of cloud-init in any wrapping, objects of Cluster API or Rancher, Butane
and Ignition, stages of Kairos, a directory of manifests, an older package, an export of the live cluster (`kubectl get
... -o yaml`); several together too. None of them is ever changed.

DIR becomes a kpt package: the objects with their comments, at the apiVersions of the target release, the values of the
site as settings, a report (`REPORT.md`) that says what became of every field, and the order of steps (`RUNBOOK.md`, and
`runbook.sh`, which goes through it) by which the objects change hands without a Service losing its address. What the
CNI needs to start stays where it is. Beside each source of which something is left stands what takes its place, under
the same name with `.migrated` at its end.

Placeholders stay placeholders, and become settings; `--set` gives one a value, under the name that the report has for
it. Defects move with the objects, and are said; `--fix` mends those that have an answer, and says what changes by it.
With an error among the findings nothing is written: where the API server would refuse an object, where two sources
contradict one another, where a Service would lose its address.""",
        (
            Option(
                "--to", "the directory of the package; it has to be new or empty", value="DIR", completes="directory"
            ),
            Option("--set", "fill a placeholder of the sources", value="NAME=VALUE", repeated=True),
            Option("--fix", "mend what has an answer, and say what changes by it"),
            Option("--release", "the release of Cilium that the package is for", value="RELEASE", completes="release"),
            Option(
                "--from-release",
                "the release that the sources are for, where defaults have changed since",
                value="RELEASE",
                completes="release",
            ),
            Option("--dry-run", "write nothing; print the report"),
            Option("--format", "how the report is written; `text` is the default", value="FORMAT", choices=REPORTS),
            Option("--verbose", "also say which fields are carried over as they are, and what merely stands"),
        ),
        (
            "cilium-networking migrate cloud-config.yaml --to moved --dry-run",
            "cilium-networking migrate cloud-config.yaml services.yaml --to moved --set node-gateway-ip=10.80.0.1",
            "cilium-networking migrate server/manifests --to moved --fix",
        ),
        "a source: user data, a directory of manifests, or an export of the cluster",
    ),
    Command(
        "explain",
        "say what a setting, a kind, a field or a rule means",
        "[NAME]",
        "name",
        """\
NAME is a setting (`lb-pool-cidr`), a kind by any name that kubectl takes (`CiliumBGPPeerConfig`, `ippools`), a field of
one (`CiliumLoadBalancerIPPool.spec.blocks.cidr`), or the rule of a finding (`CN503`). Without NAME, what there is.""",
        (),
        (
            "cilium-networking explain lb-pool-min",
            "cilium-networking explain CiliumLoadBalancerIPPool.spec.blocks.cidr",
        ),
    ),
    Command(
        "docs",
        "write the generated pages and files of this project",
        "",
        "nothing",
        """\
For those who work on the project itself: `docs/setters.md`, `docs/cli.md`, `docs/rules/`, `docs/migrations/`, the
schemas for editors, and both setters.yaml, made from what the code declares. The page of a rule that is gone is
removed.""",
        (
            Option("--write", "write those that differ (the default)"),
            Option("--check", "write nothing; exit 1 and name those that differ"),
            Option("--only", "one of them instead of all", value="PAGE", choices=PAGES),
            Option(
                "--root", "the project's checkout; the current directory by default", value="DIR", completes="directory"
            ),
        ),
    ),
    Command(
        "fn",
        "be the KRM function: a ResourceList on stdin, one on stdout",
        "",
        "nothing",
        """\
What the image runs; for `kpt fn eval --exec` too. It takes no options: the function config says everything.""",
    ),
    Command(
        "completion",
        "print the completion script of a shell",
        "SHELL",
        "shell",
        "SHELL is `bash`, `zsh` or `fish`.",
        (),
        (
            'eval "$(cilium-networking completion bash)"',
            "cilium-networking completion zsh > ~/.zfunc/_cilium-networking",
            "cilium-networking completion fish > ~/.config/fish/completions/cilium-networking.fish",
        ),
    ),
)
