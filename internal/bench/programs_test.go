//go:build linux

package main

import (
	"errors"
	"os/exec"
	"testing"

	"heapprof/internal/testkit"
)

func TestEachProgramRunsOnItsShortInput(t *testing.T) {
	for _, p := range programs() {
		t.Run(p.name, func(t *testing.T) {
			c, err := p.command(t.TempDir(), true)
			var missing *missingError
			if errors.As(err, &missing) {
				testkit.Skip(t, "%v", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(c.argv[0], c.argv[1:]...)
			cmd.Env = append(cmd.Environ(), c.env...)
			if r := testkit.Run(t, cmd); r.Status != 0 {
				t.Errorf("%q ends with status %d: %s", c.argv, r.Status, r.Stderr)
			}
		})
	}
}
