"""What people call the kinds of Kubernetes: "deploy", "deployments.apps"; and what an event calls them: "Deployment".

In Go: the RESTMapper of kubectl, which asks the server; this is the table of Kubernetes' own kinds, for a sink that
is none. A kind that is not here has to be written out, with its version.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["KINDS", "Kind", "find", "kind_called"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object."""

    kind: str
    """As an event has it: "ReplicaSet"."""
    plural: str
    """As an address has it: "replicasets"."""
    api_version: str
    """As a manifest has it: "apps/v1"."""
    namespaced: bool = True
    short: tuple[str, ...] = ()
    """What kubectl takes for it, too."""

    @property
    def group(self) -> str:
        """Its API group, "" for the core one."""
        return self.api_version.rpartition("/")[0]

    def path(self, namespace: str, name: str) -> str:
        """Where a server has it."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        return (
            f"{root}/namespaces/{namespace}/{self.plural}/{name}" if self.namespaced else f"{root}/{self.plural}/{name}"
        )


def _table(version: str, text: str, namespaced: bool = True) -> list[Kind]:
    """Kinds of one version, one a line: kind, plural, what else it is called."""
    rows = (line.split() for line in text.strip().splitlines())
    return [Kind(kind, plural, version, namespaced, tuple(short)) for kind, plural, *short in rows]


KINDS = (
    _table("v1", """
        Pod pods po
        Service services svc
        ConfigMap configmaps cm
        Secret secrets
        Endpoints endpoints ep
        ServiceAccount serviceaccounts sa
        PersistentVolumeClaim persistentvolumeclaims pvc
        ReplicationController replicationcontrollers rc
        LimitRange limitranges limits
        ResourceQuota resourcequotas quota
        PodTemplate podtemplates
    """)
    + _table("v1", """
        Node nodes no
        Namespace namespaces ns
        PersistentVolume persistentvolumes pv
    """, namespaced=False)
    + _table("apps/v1", """
        Deployment deployments deploy
        ReplicaSet replicasets rs
        StatefulSet statefulsets sts
        DaemonSet daemonsets ds
        ControllerRevision controllerrevisions
    """)
    + _table("batch/v1", """
        Job jobs
        CronJob cronjobs cj
    """)
    + _table("autoscaling/v2", "HorizontalPodAutoscaler horizontalpodautoscalers hpa")
    + _table("networking.k8s.io/v1", """
        Ingress ingresses ing
        NetworkPolicy networkpolicies netpol
    """)
    + _table("networking.k8s.io/v1", "IngressClass ingressclasses", namespaced=False)
    + _table("policy/v1", "PodDisruptionBudget poddisruptionbudgets pdb")
    + _table("discovery.k8s.io/v1", "EndpointSlice endpointslices")
    + _table("coordination.k8s.io/v1", "Lease leases")
    + _table("rbac.authorization.k8s.io/v1", """
        Role roles
        RoleBinding rolebindings
    """)
    + _table("rbac.authorization.k8s.io/v1", """
        ClusterRole clusterroles
        ClusterRoleBinding clusterrolebindings
    """, namespaced=False)
    + _table("storage.k8s.io/v1", """
        StorageClass storageclasses sc
        CSIDriver csidrivers
        CSINode csinodes
        VolumeAttachment volumeattachments
    """, namespaced=False)
    + _table("scheduling.k8s.io/v1", "PriorityClass priorityclasses pc", namespaced=False)
    + _table("apiextensions.k8s.io/v1", "CustomResourceDefinition customresourcedefinitions crd crds", namespaced=False)
)  # fmt: skip
"""Kubernetes' own kinds about which events are recorded."""

_BY_NAME = {
    called.lower(): kind for kind in KINDS for called in (kind.kind, kind.plural, *kind.short)
}  # fmt: skip


def find(called: str) -> Kind | None:
    """The kind that somebody calls so, in any case, with its group or version or without; None if none is.

    "deploy", "Deployment", "deployments", "deployment.apps" and "deployments.v1.apps" are the same.
    """
    name, _, rest = called.lower().partition(".")
    kind = _BY_NAME.get(name)
    if kind is None or not rest:
        return kind
    version, _, group = rest.partition(".")
    if rest == kind.group or (group == kind.group and version == kind.api_version.rpartition("/")[2]):
        return kind
    return None


def kind_called(called: str) -> str:
    """As an event has it: "Deployment" for "deploy"; of a kind that is not known the word before its group."""
    kind = find(called)
    return kind.kind if kind is not None else called.partition(".")[0]
