"""A laboratory for what the package does to a cluster: the real consumers of our manifests, as plain processes.

Why: a golden file says that our output is what we meant. Only the API server, Cilium's operator, its BGP and L2 code
and the routers say that it is right.

The one interface is `Lab`, entered with a `Scenario`. docs/lab.md tells what is real here and what is not.
"""

from lab.condition import Condition
from lab.control_plane import CommandError
from lab.laboratory import PATIENCE, Lab
from lab.leases import lease_of
from lab.nodes import Announcement
from lab.parts import PartDiedError
from lab.scenario import Node, Scenario, Server, Service
from lab.servers import Pass, RunningServer
from lab.software import ReceivedPath
from lab.story import ScenarioError, read_scenario
from lab.waiting import NeverSeenError

__all__ = [
    "PATIENCE",
    "Announcement",
    "CommandError",
    "Condition",
    "Lab",
    "NeverSeenError",
    "Node",
    "PartDiedError",
    "Pass",
    "ReceivedPath",
    "RunningServer",
    "Scenario",
    "ScenarioError",
    "Server",
    "Service",
    "lease_of",
    "read_scenario",
]
