package tracker

import (
	"errors"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

func TestStaticProgramsAreRefusedWithoutPatches(t *testing.T) {
	bin := testkit.Build(t, "tree.c", "-O0", "-g", "-static")
	_, err := Run(Options{Args: []string{bin}, NoPatch: true})
	var refusal *ProgramError
	if !errors.As(err, &refusal) || refusal.Cause.Code != profile.StaticUnpatched {
		t.Errorf("got %v, want a refusal", err)
	}
}
