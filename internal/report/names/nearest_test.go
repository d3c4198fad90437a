package names

import (
	"testing"
)

func TestNothingIsSuggestedForWhatIsNearNothing(t *testing.T) {
	for _, name := range []string{"", "x", "velocity", "zzzzzzzzzzzz"} {
		if near := Nearest(name, []string{"total-bytes", "peak-blocks", "lifetime", "temporary-blocks"}); near != "" {
			t.Errorf("Nearest(%q) = %q", name, near)
		}
	}
}
