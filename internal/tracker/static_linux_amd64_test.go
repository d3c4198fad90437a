package tracker

import (
	"errors"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

func TestStaticProgramsAreRefusedWithoutPatches(t *testing.T) {
	bin := testkit.Build(t, "tree.c", "-O0", "-g", "-static")
	_, err := Run(Options{Args: []string{bin}, NoPatch: true})
	var refusal *ProgramError
	if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "--no-patch") {
		t.Errorf("got %v, want a refusal that names --no-patch", err)
	}
}
