package procfs

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestTheTightestGroupSaysHowMuchMemoryIsLeft: each is limited by those that it is in, and cached files give way.
func TestTheTightestGroupSaysHowMuchMemoryIsLeft(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"a/memory.max": "1000\n", "a/memory.current": "700\n", "a/memory.stat": "anon 500\ninactive_file 100\nactive_file 50\n",
		"a/b/memory.max": "max\n", "a/b/memory.current": "600\n",
		"memory/c/memory.limit_in_bytes": "500\n", "memory/c/memory.usage_in_bytes": "600\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]uint64{
		"0::/a/b\n": 450, "0::/\n": math.MaxUint64, "0::/a\n4:cpu,memory:/c\n": 0, "3:cpu:/a\n": math.MaxUint64, "0::/../..\nnonsense": math.MaxUint64,
	} {
		if got := availableInGroups(root, text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if got := AvailableMemory(); got == 0 {
		t.Error("this machine has none")
	}
}
