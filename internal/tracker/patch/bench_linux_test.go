package patch

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/patchtest"
)

// BenchmarkRead plans for the kinds of files that programs map: small libraries and
// large, stripped or with all symbols, with candidates for hooks or without.
func BenchmarkRead(b *testing.B) {
	paths := []string{testkit.Tool(b, "go"), testkit.Tool(b, "perl")}
	for _, tool := range []string{"cc1plus", "libstdc++.so"} {
		if out, err := exec.Command("g++", "-print-prog-name="+tool, "-print-file-name="+tool).Output(); err == nil {
			paths = append(paths, strings.Fields(string(out))...)
		}
	}
	if root, err := exec.Command("rustc", "--print", "sysroot").Output(); err == nil { // more than 100 MB each
		drivers, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "lib", "lib*driver*.so"))
		paths = append(paths, drivers...)
	}
	paths = append(paths, patchtest.Libraries(b, "x86-64")...)
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !filepath.IsAbs(path) {
			continue
		}
		b.Run(filepath.Base(path), func(b *testing.B) {
			for b.Loop() {
				if _, err := Read(path, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
		})
	}
}

// BenchmarkReadToHook has a function to hook, so that a large program's code is
// searched for branches.
func BenchmarkReadToHook(b *testing.B) {
	path := testkit.Tool(b, "go")
	f, err := allocator.ParseAlloc("runtime.mallocgc(size=1)")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Read(path, Options{Functions: []allocator.Function{f}}); err != nil {
			b.Fatal(err)
		}
	}
}
