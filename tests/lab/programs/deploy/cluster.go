package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"

	"github.com/rancher/wrangler/v3/pkg/apply"
	"github.com/rancher/wrangler/v3/pkg/objectset"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedv1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/record"
)

// The annotation in which an AddOn remembers the kinds that it applied last, so that objects of a kind of which the
// file has none any more are found. Kinds are written as GroupVersionKind.String() has them.
const (
	kindsOf   = "addon.k3s.cattle.io/gvks"
	separator = ";"
)

// cluster puts manifests into a cluster, each under an AddOn in kube-system, and takes them out.
type cluster struct {
	ctx       context.Context
	engine    apply.Apply
	addons    dynamic.ResourceInterface
	discovery discovery.DiscoveryInterface
	events    record.EventRecorder
	served    map[schema.GroupVersionKind]bool
}

func newCluster(ctx context.Context, config *rest.Config, node string) (*cluster, error) {
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	dynamics, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	events := record.NewBroadcaster()
	events.StartRecordingToSink(&typedv1.EventSinkImpl{Interface: clients.CoreV1().Events(metav1.NamespaceSystem)})
	resource := schema.GroupVersionResource{Group: "k3s.cattle.io", Version: "v1", Resource: "addons"}
	return &cluster{
		ctx:       ctx,
		engine:    apply.New(clients.Discovery(), apply.NewClientFactory(config)).WithDynamicLookup(),
		addons:    dynamics.Resource(resource).Namespace(metav1.NamespaceSystem),
		discovery: clients.Discovery(),
		events:    events.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "deploy", Host: node}),
		served:    map[schema.GroupVersionKind]bool{},
	}, nil
}

// apply puts a file into the cluster; whether there was anything to do. Unless it is forced, a file whose text was
// applied already, by whichever server, is left alone.
func (c *cluster) apply(path string, forced bool) (bool, error) {
	addon, err := c.addon(path)
	if err != nil {
		return false, err
	}
	if addon.GetUID() == "" {
		// There before its file is read, so that a file that cannot be read has something to tell it of.
		if addon, err = c.addons.Create(c.ctx, addon, metav1.CreateOptions{}); err != nil {
			return false, err
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return false, c.failed(addon, "ReadManifestFailed", "Read manifest", path, err)
	}
	digest := sha256.Sum256(text)
	checksum := hex.EncodeToString(digest[:])
	if known, _, _ := unstructured.NestedString(addon.Object, "spec", "checksum"); !forced && known == checksum {
		return false, nil
	}
	objects, err := objectsIn(text)
	if err != nil {
		return false, c.failed(addon, "ParseManifestFailed", "Parse manifest", path, err)
	}
	set := objectset.NewObjectSet(objects...)
	kinds, err := c.known(append(set.GVKs(), kindsIn(addon)...))
	if err != nil {
		return false, c.failed(addon, "ValidateManifestFailed", "Validate GVKs for manifest", path, err)
	}
	c.events.Eventf(addon, corev1.EventTypeNormal, "ApplyingManifest", "Applying manifest at %q", path)
	if err := c.engine.WithOwner(addon).WithGVK(kinds...).Apply(set); err != nil {
		return false, c.failed(addon, "ApplyManifestFailed", "Applying manifest", path, err)
	}
	c.events.Eventf(addon, corev1.EventTypeNormal, "AppliedManifest", "Applied manifest at %q", path)
	names := make([]string, 0, len(set.GVKs()))
	for _, kind := range set.GVKs() {
		names = append(names, kind.String())
	}
	annotations := addon.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[kindsOf] = strings.Join(names, separator)
	addon.SetAnnotations(annotations)
	addon.Object["spec"] = map[string]any{"source": path, "checksum": checksum}
	_, err = c.addons.Update(c.ctx, addon, metav1.UpdateOptions{})
	return true, err
}

// remove deletes from the cluster what a disabled file applied, then the file, then its AddOn.
func (c *cluster) remove(path string) error {
	addon, err := c.addon(path)
	if err != nil {
		return err
	}
	kinds := kindsIn(addon)
	// What cannot be read or parsed may have been applied once all the same: the AddOn knows of which kinds.
	if text, err := os.ReadFile(path); err != nil {
		_ = c.failed(addon, "ReadManifestFailed", "Read manifest", path, err)
	} else if objects, err := objectsIn(text); err != nil {
		_ = c.failed(addon, "ParseManifestFailed", "Parse manifest", path, err)
	} else {
		kinds = append(kinds, objectset.NewObjectSet(objects...).GVKs()...)
	}
	if kinds, err = c.known(kinds); err != nil {
		return err
	}
	if err := c.engine.WithOwner(addon).WithGVK(kinds...).ApplyObjects(); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	c.events.Eventf(addon, corev1.EventTypeNormal, "DeletingManifest", "Deleting manifest at %q", path)
	err = c.addons.Delete(c.ctx, addon.GetName(), metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// addon gives the AddOn of a file as it is in the cluster, or a new one that has no UID yet.
func (c *cluster) addon(path string) (*unstructured.Unstructured, error) {
	found, err := c.addons.Get(c.ctx, addonOf(path), metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		return found, err
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "k3s.cattle.io/v1",
		"kind":       "Addon",
		"metadata":   map[string]any{"name": addonOf(path), "namespace": metav1.NamespaceSystem},
		"spec":       map[string]any{"source": path},
	}}, nil
}

// failed tells of an error in an event at the AddOn, and gives it back.
func (c *cluster) failed(addon *unstructured.Unstructured, reason, what, path string, err error) error {
	c.events.Eventf(addon, corev1.EventTypeWarning, reason, "%s at %q failed: %v", what, path, err)
	return err
}

// known leaves out the kinds that the server does not serve: of these there is nothing to look for.
func (c *cluster) known(kinds []schema.GroupVersionKind) ([]schema.GroupVersionKind, error) {
	served := make([]schema.GroupVersionKind, 0, len(kinds))
	for _, kind := range kinds {
		found, err := c.serves(kind)
		if err != nil {
			return nil, err
		}
		if found {
			served = append(served, kind)
		}
	}
	return served, nil
}

// serves remembers only what is there: a CRD may come later.
func (c *cluster) serves(kind schema.GroupVersionKind) (bool, error) {
	if c.served[kind] {
		return true, nil
	}
	resources, err := c.discovery.ServerResourcesForGroupVersion(kind.GroupVersion().String())
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, resource := range resources.APIResources {
		if resource.Kind == kind.Kind {
			c.served[kind] = true
		}
	}
	return c.served[kind], nil
}

// kindsIn reads the kinds that an AddOn remembers.
func kindsIn(addon *unstructured.Unstructured) []schema.GroupVersionKind {
	var kinds []schema.GroupVersionKind
	for _, text := range strings.Split(addon.GetAnnotations()[kindsOf], separator) {
		version, kind, found := strings.Cut(text, ", Kind=")
		if found {
			kinds = append(kinds, schema.FromAPIVersionAndKind(strings.TrimPrefix(version, "/"), kind))
		}
	}
	return kinds
}
