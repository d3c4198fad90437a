package procfs

import (
	"os"
	"path/filepath"
	"testing"
)

// writeFiles writes files below a directory.
func writeFiles(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhatAGroupMayHave is its limit with what may be swapped out, and what it has is without cached files, in both versions.
func TestWhatAGroupMayHave(t *testing.T) {
	root := t.TempDir()
	writeFiles(t, root, map[string]string{
		"a/memory.max": "1000\n", "a/memory.current": "700\n", "a/memory.stat": "anon 500\ninactive_file 100\nactive_file 50\n",
		"a/memory.swap.max": "300\n", "a/memory.swap.current": "20\n", "a/memory.events": "low 0\noom 4\noom_kill 3\noom_group_kill 1\n",
		"free/memory.max": "max\n", "free/memory.current": "700\n",
		"memory/b/memory.limit_in_bytes": "1000\n", "memory/b/memory.usage_in_bytes": "700\n", "memory/b/memory.stat": "inactive_file 1\ntotal_inactive_file 100\n",
		"memory/b/memory.oom_control":       "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n",
		"memory/both/memory.limit_in_bytes": "1000\n", "memory/both/memory.usage_in_bytes": "700\n",
		"memory/both/memory.memsw.limit_in_bytes": "1100\n", "memory/both/memory.memsw.usage_in_bytes": "750\n",
		"memory/free/memory.limit_in_bytes": "9223372036854771712\n", "memory/free/memory.usage_in_bytes": "700\n",
	})
	const swap = 200
	for text, want := range map[string][4]uint64{ // limit and use, those of its files that were ended, and whether it is limited
		"0::/a\n":                {1200, 570, 3, 1},
		"0::/free\n":             {0, 0, 0, 0},
		"4:cpu,memory:/b\n":      {1000, 600, 7, 1},
		"4:memory:/both\n":       {1100, 750, 0, 1},
		"4:memory:/free\n0::/\n": {0, 0, 0, 0},
	} {
		groups := memoryGroups(root, text)
		if len(groups) != 1 {
			t.Fatalf("%q: groups %v", text, groups)
		}
		limit, used, ok := groups[0].Memory(swap)
		killed, _ := groups[0].Killed()
		got := [4]uint64{limit, used, killed, 0}
		if ok {
			got[3] = 1
		}
		if got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestTheLimitOfAddressesIsRead(t *testing.T) {
	for text, want := range map[string]uint64{
		"Max file size             unlimited            unlimited            bytes\nMax address space         1048576              unlimited            bytes\n": 1 << 20,
		"Max address space         unlimited            unlimited            bytes\n":                                                                            0,
		"Max address space": 0, "": 0,
	} {
		if got, ok := parseAddressLimit([]byte(text)); got != want && ok || ok != (want != 0) {
			t.Errorf("%q: %d, %v, want %d", text, got, ok, want)
		}
	}
}

func FuzzGroups(f *testing.F) {
	f.Add("0::/a\n4:cpu,memory:/b\n", "low 0\noom_kill 3\n", "1000\n")
	f.Fuzz(func(t *testing.T, groups, events, limit string) {
		root := t.TempDir()
		writeFiles(t, root, map[string]string{"a/memory.max": limit, "a/memory.current": "1", "a/memory.events": events, "a/memory.stat": events})
		for _, g := range append(memoryGroups(root, groups), memoryGroups(root, "0::/a")...) {
			if limit, used, ok := g.Memory(1); ok && used > 1 {
				t.Errorf("%d of %d", used, limit)
			}
			g.Killed()
			g.available()
		}
	})
}
