package export

import (
	"errors"
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

var errBinary = errors.New("a pprof profile is binary and would upset the terminal: name a file with -o heap.pb.gz, or use a pipe")

func errSuffix(output string) error {
	return fmt.Errorf("the name %s does not tell the format: end it in .svg, .json, .folded or .txt, or add --format", output)
}

// unmarkedEstimates words that numbers were written to where nothing can be said beside them.
func unmarkedEstimates(p *profile.Profile) string {
	return fmt.Sprintf("the numbers are estimates, from one block in each %s allocated; folded stacks have no place to say so", human.Bytes(p.Sampling.MeanBytes))
}
