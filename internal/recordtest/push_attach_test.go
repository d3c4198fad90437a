//go:build linux && amd64

package recordtest

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"heapprof/internal/push/pushtest"
	"heapprof/internal/testkit"
)

// TestWhatIsPushedOfAProcessThatRunsAddsUpToItsProfile holds that of attach, which ends while the program runs on.
func TestWhatIsPushedOfAProcessThatRunsAddsUpToItsProfile(t *testing.T) {
	bin := testkit.Build(t, "pushed.c")
	eachServer(t, func(t *testing.T, f *pushtest.Server) {
		program := exec.Command(bin, "1000")
		out, err := program.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := program.Start(); err != nil {
			t.Fatal(err)
		}
		defer program.Wait()
		defer program.Process.Kill()
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil { // it works
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "p.json")
		r := testkit.Run(t, exec.Command("heapprof", "attach", "--duration", "2500ms", "-q", "-o", file, "--push", f.Target("", ""), "--push-every", "1s", strconv.Itoa(program.Process.Pid)))
		if r.Status != 0 {
			t.Fatal(shorten(r))
		}
		all, total := f.Profiles(), readRecording(t, file).Totals()
		if bytes, blocks := pushtest.Sums(all, "alloc_space"), pushtest.Sums(all, "alloc_objects"); uint64(bytes) != total.TotalBytes || uint64(blocks) != total.TotalBlocks || total.TotalBlocks == 0 {
			t.Errorf("pushed %d bytes in %d blocks, the profile has %d in %d", bytes, blocks, total.TotalBytes, total.TotalBlocks)
		}
		if last := all[len(all)-1]; last.Labels["service_name"] != "pushed" || last.Labels["pid"] != strconv.Itoa(program.Process.Pid) {
			t.Errorf("labels %v", last.Labels)
		}
	})
}
