// The Kubernetes API server as a plain process: the real program, from its own packages.
// A lab's manifests are judged by what a cluster judges them by, structural schemas and CEL rules included.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	os.Exit(cli.Run(app.NewAPIServerCommand()))
}
