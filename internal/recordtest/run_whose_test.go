//go:build linux && amd64

package recordtest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"heapprof/cmd/wording"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker"
)

// recordScript runs a shell script, in which "hold BYTES" is a process that has so many bytes
// at once, and returns the profiles of what it left behind: the summary's, and others.
func recordScript(t *testing.T, flags []string, script string) familyRun {
	t.Helper()
	perl, dir := testkit.Tool(t, "perl"), t.TempDir()
	script = `hold() { "` + perl + `" -e 'my $held = "x" x shift' $1; }; ` + script
	r := testkit.Run(t, heapprofRun(append(flags, "-o", filepath.Join(dir, "p.json")), "sh", "-c", script, "sh", dir))
	return readFamily(t, r, dir, filepath.Join(dir, "no counts"))
}

func TestTheSummaryIsOfTheProcessWithTheLargestPeak(t *testing.T) {
	r := recordScript(t, nil, "hold 100; hold 30000000; hold 4000000; exit 5")
	if r.Status != 5 {
		t.Errorf("status %d, want the script's own 5", r.Status)
	}
	if p := r.Main; p.Totals().PeakBytes < 30_000_000 || filepath.Base(p.Recording.Program) == "sh" {
		t.Errorf("the profile is of %s, with %d bytes at the peak", p.Recording.Program, p.Totals().PeakBytes)
	}
	if len(r.Children) != 1 {
		t.Errorf("%d more profiles, want that of the process with more than a tenth", len(r.Children))
	}
	for name, p := range r.Children {
		if peak := p.Totals().PeakBytes; peak < 4_000_000 || peak > 8_000_000 || name != "p."+strconv.FormatInt(p.PID, 10)+".json" {
			t.Errorf("%s has %d bytes at the peak, and is of process %d", name, peak, p.PID)
		}
	}
	for _, want := range []string{
		"sh exited with status 5", "the largest peak is that of perl (process " + strconv.FormatInt(r.Main.PID, 10) + "), one of 4 processes",
		"2 more processes (", "--children writes them",
	} {
		if !strings.Contains(r.Stderr, want) {
			t.Errorf("the summary does not say %q:\n%s", want, r.Stderr)
		}
	}
}

func TestAsManyProcessesAsThereAreLeaveFewProfiles(t *testing.T) {
	r := recordScript(t, nil, "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do hold 2000000; done")
	if r.Status != 0 || len(r.Children) != 7 || !strings.Contains(r.Stderr, "5 more processes (perl, sh)") {
		t.Errorf("status %d, %d profiles beside the first:\n%s", r.Status, len(r.Children), r.Stderr)
	}
	r = recordScript(t, []string{"--children"}, "hold 1000; hold 2000000")
	if r.Status != 0 || len(r.Children) != 2 || r.Main.Totals().PeakBytes < 2_000_000 || strings.Contains(r.Stderr, "more process") {
		t.Errorf("--children: status %d, %d profiles beside the first:\n%s", r.Status, len(r.Children), r.Stderr)
	}
}

// TestWhatAForkedChildHasFromItsParentIsNotItsPeak: a child that writes its parent's memory
// to a file, as redis has one, is not the process that matters.
func TestWhatAForkedChildHasFromItsParentIsNotItsPeak(t *testing.T) {
	perl, dir := testkit.Tool(t, "perl"), t.TempDir()
	r := testkit.Run(t, heapprofRun([]string{"-o", filepath.Join(dir, "p.json")}, perl, "-e",
		`my $held = "x" x 30e6; if (my $child = fork) { waitpid $child, 0; print $$ } else { my $more = "y" x 1e6; }`))
	family := readFamily(t, r, dir, filepath.Join(dir, "no counts"))
	if pid, _ := strconv.ParseInt(r.Stdout, 10, 64); family.Main.PID != pid || len(family.Children) != 0 {
		t.Errorf("the profile is of process %d, want the parent's, %s; %d more\n%s", family.Main.PID, r.Stdout, len(family.Children), r.Stderr)
	}
}

// TestADaemonIsNotWaitedFor: the program that was named has ended, and its status is the run's.
func TestADaemonIsNotWaitedFor(t *testing.T) {
	perl, dir := testkit.Tool(t, "perl"), t.TempDir()
	script := `"$1" -e 'my $held = "x" x 30e6; open my $f, ">", $ARGV[0]; print $f $$; close $f; rename $ARGV[0], $ARGV[1]; sleep 100' "$2.new" "$2" &
		until test -e "$2"; do sleep 0.01; done; exit 3`
	file, ready := filepath.Join(dir, "p.json"), filepath.Join(t.TempDir(), "pid")
	cmd := heapprofRun([]string{"-o", file}, "sh", "-c", script, "sh", perl, ready)
	// The daemon has its output open, which would otherwise be waited for.
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	cmd.Stdout, cmd.Stderr = said, said
	_ = cmd.Run()
	text, _ := os.ReadFile(ready)
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("the daemon does not run on: %v", err)
	}
	words, _ := os.ReadFile(said.Name())
	p := readRecording(t, file)
	if cmd.ProcessState.ExitCode() != 3 || p.PID != int64(pid) || p.Totals().EndBytes < 30_000_000 || !strings.Contains(string(words), "perl runs on") {
		t.Errorf("status %d, the profile of process %d (the daemon is %d) has %+v\n%s", cmd.ProcessState.ExitCode(), p.PID, pid, p.Totals(), words)
	}
}

func TestAProgramThatBecomesASmallerOneIsStillTheOneThatMatters(t *testing.T) {
	perl, dir := testkit.Tool(t, "perl"), t.TempDir()
	r := testkit.Run(t, heapprofRun([]string{"-o", filepath.Join(dir, "%n.json")}, perl, "-e", `my $held = "x" x 30e6; exec "sh", "-c", "exit 3"`))
	p := readRecording(t, filepath.Join(dir, "perl.json"))
	if r.Status != 3 || p.Totals().PeakBytes < 30_000_000 || p.Recording.ExitCode != -1 ||
		!strings.Contains(r.Stderr, "the profile is of perl, which had a larger peak than what replaced it by exec") {
		t.Errorf("status %d, in the profile %d\n%s", r.Status, p.Recording.ExitCode, r.Stderr)
	}
}

func TestOthersThatRunOnAreCounted(t *testing.T) {
	got := wording.OthersWords(tracker.Others{Processes: 2, Programs: []string{"/bin/sh"}, Bytes: 2048, Blocks: 3, Peak: 1024, LiveOn: 1})
	if want := "2 more processes (sh) together allocated 2.00 KiB in 3 blocks, at most 1.00 KiB at once; 1 still running: --children writes them, too"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}
