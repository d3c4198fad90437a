//go:build !race

package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"heapprof/cmd"
	"heapprof/internal/testkit"
)

// playsHeapprof is set in the environment where the tests' own binary is to be heapprof.
const playsHeapprof = "HEAPPROF_TEST_PLAYS"

func TestMain(m *testing.M) {
	if os.Getenv(playsHeapprof) != "" {
		collectLater()
		os.Exit(cmd.Main(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// TestAReportTakesThreeTimesAFileAtMost measures it on files in which no stack is there twice: small ones of the formats
// that once took more, to which what heapprof takes for itself is added. With HEAPPROF_TEST_BIG=300 in the environment
// it is files of 300 MB in all formats, and nothing is added.
func TestAReportTakesThreeTimesAFileAtMost(t *testing.T) {
	formats, size, own := []string{"pprof", "heaptrack", "massif"}, 24, 96
	if big, err := strconv.Atoi(os.Getenv("HEAPPROF_TEST_BIG")); err == nil {
		formats, size, own = testkit.BigFiles(), big, 0
	}
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "big")
			file, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			out := bufio.NewWriter(file)
			if err := testkit.WriteBigFile(out, format, size*1_000_000); err != nil {
				t.Fatal(err)
			}
			if err := out.Flush(); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			report := exec.Command(os.Args[0], "report", path)
			report.Env = append(os.Environ(), playsHeapprof+"=1", "GOGC=100")
			var text bytes.Buffer
			report.Stdout, report.Stderr = &text, &text
			if err := report.Run(); err != nil {
				t.Fatalf("%v:\n%s", err, text.Bytes())
			}
			most := float64(report.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) * 1024 / 1e6
			whole := float64(info.Size()) / 1e6
			t.Logf("%.0f MB for a file of %.0f MB: %.2f times", most, whole, most/whole)
			if most > 3*whole+float64(own) {
				t.Errorf("a report of a file of %.0f MB took %.0f MB", whole, most)
			}
		})
	}
}
