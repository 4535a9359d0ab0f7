// The command line of Kyverno, which evaluates policies without a cluster.
package main

import (
	"fmt"
	"os"

	"github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno/commands"
	"github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno/log"
)

func main() {
	if err := log.Configure(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := commands.RootCommand(false).Execute(); err != nil {
		os.Exit(1)
	}
}
