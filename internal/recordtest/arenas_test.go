//go:build linux && (amd64 || arm64)

package recordtest

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"testing"

	"heapprof/internal/testkit"
)

// sitesByFunction returns what the report says of arenas and pools, by function.
func sitesByFunction(t *testing.T, file string) map[string]string {
	t.Helper()
	var view struct {
		Rows []struct {
			Function string
			Chunks   *struct {
				Kind, Growth string
				Blocks       int
				Smallest     int `json:"smallest-bytes"`
				Largest      int `json:"largest-bytes"`
			}
		}
	}
	result := testkit.Run(t, exec.Command("heapprof", "report", "--format", "json", "--top", "0", "--by", "function", file))
	if err := json.Unmarshal([]byte(result.Stdout), &view); err != nil {
		t.Fatalf("%v\n%s%s", err, result.Stdout, result.Stderr)
	}
	found := map[string]string{}
	for _, r := range view.Rows {
		found[r.Function] = ""
		if c := r.Chunks; c != nil {
			found[r.Function] = fmt.Sprintf("%s of %d, %d to %d, %s", c.Kind, c.Blocks, c.Smallest, c.Largest, c.Growth)
		}
	}
	return found
}

func TestReportNamesArenasAndPools(t *testing.T) {
	got := sitesByFunction(t, record(t, nil, testkit.Build(t, "arenas.c")).File)
	for function, want := range map[string]string{
		"chunk_of":           "arena of 8, 496 to 65520, doubling",
		"half_as_much_again": "arena of 8, 1024 to 17496, growing",
		"pool_grow":          "pool of 64, 4096 to 4096, constant",
		"leak":               "",
		"rehash":             "",
		"push":               "",
		"read_file":          "",
	} {
		if say, ok := got[function]; !ok || say != want {
			t.Errorf("of %s the report says %q (%t), want %q", function, say, ok, want)
		}
	}
	// How many chunks an obstack needs is the C library's business.
	if say := got["gather"]; len(say) < 5 || say[:5] != "arena" {
		t.Errorf("of an obstack the report says %q", say)
	}
}

func TestReportNamesTheStandardLibrarysArena(t *testing.T) {
	file := record(t, nil, testkit.Build(t, "monotonic.cc", "-std=c++17")).File
	arenas := 0
	for function, say := range sitesByFunction(t, file) {
		switch {
		case say == "":
		case function == "next(std::pmr::monotonic_buffer_resource&)":
			arenas++
		default:
			t.Errorf("%s is no arena: %s", function, say)
		}
	}
	if arenas != 1 {
		t.Errorf("%d arenas found, want 1", arenas)
	}
}
