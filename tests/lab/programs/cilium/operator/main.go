// Cilium's operator as a plain process: it registers its release's CRDs, gives Services their addresses and turns
// CiliumBGPClusterConfigs into one CiliumBGPNodeConfig a node.
package main

import (
	"github.com/cilium/cilium/operator/cmd"
	"github.com/cilium/cilium/pkg/hive"
)

func main() {
	cmd.Execute(cmd.NewOperatorCmd(hive.New(cmd.Operator)))
}
