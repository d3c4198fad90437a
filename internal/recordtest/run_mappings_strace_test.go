//go:build linux && amd64

package recordtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/preload"
	"heapprof/internal/tracker/wire"
)

// TestMappingsAreWhatStraceSaw holds the mappings of programs that nobody here wrote
// against the system calls that strace sees them make, page by page. Of those that
// the loader makes for itself, which are not recorded, strace's stacks tell.
func TestMappingsAreWhatStraceSaw(t *testing.T) {
	for _, program := range []struct {
		name    string
		preload string
		args    []string
	}{
		{name: "perl", args: []string{"perl", "-e", `my %h; $h{$_} = "x$_" for 1..50000; undef %h; print "done"`}},
		{name: "python3", args: []string{"/usr/bin/python3", "-E", "-c", `x = [str(i) * 50 for i in range(50000)]; del x; y = bytearray(3 << 20); y += bytes(3 << 20)`}},
		{name: "perl with jemalloc", preload: "libjemalloc.so.2", args: []string{"perl", "-e", `my @a = map { "x" x $_ } 1..3000; @a = (); print "done"`}},
		{name: "perl with mimalloc", preload: "libmimalloc.so.2", args: []string{"perl", "-e", `my @a = map { "x" x $_ } 1..3000; @a = (); print "done"`}},
		{name: "sort", args: []string{"sort", "--parallel=1", "/etc/services"}},
	} {
		t.Run(program.name, func(t *testing.T) {
			testkit.Tool(t, program.args[0])
			t.Setenv("PYTHONHASHSEED", "0")
			t.Setenv("PERL_HASH_SEED", "0")
			if program.preload != "" {
				t.Setenv("LD_PRELOAD", findLibrary(t, program.preload))
			}
			want := straceMappings(t, program.args)
			r := record(t, []string{"--mmap"}, program.args[0], program.args[1:]...)
			m := r.Profile.OfMappings()
			if m == nil || r.Status != 0 {
				t.Fatalf("status %d, mappings %v\n%s", r.Status, m, r.Stderr)
			}
			sum := m.Totals()
			got := profile.Point{TotalBytes: sum.TotalBytes, TotalBlocks: sum.TotalBlocks, PeakBytes: sum.PeakBytes, EndBytes: sum.EndBytes}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %+v, strace saw %+v", got, want)
			}
		})
	}
}

// straceMappings returns what a program maps natively: total bytes, mappings, the peak
// and what is mapped at the end.
func straceMappings(t *testing.T, args []string) profile.Point {
	t.Helper()
	log := filepath.Join(t.TempDir(), "strace")
	library, err := preload.Install()
	if err != nil {
		t.Fatal(err)
	}
	// The environment goes to the heap: it must be what it is under heapprof. Of this
	// recorder the library finds nothing, and does nothing.
	own := []string{"-E", "LD_PRELOAD=" + strings.TrimSuffix(library+":"+os.Getenv("LD_PRELOAD"), ":"), "-E", "ASAN_OPTIONS=verify_asan_link_order=0", "-E", fmt.Sprintf("%s=%d:%d", wire.Env, os.Getpid(), 9)}
	cmd := exec.Command(testkit.Tool(t, "strace"), slices.Concat(own, []string{"-k", "-e", "trace=mmap,munmap,mremap,brk", "-o", log}, args)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		testkit.Skip(t, "strace -k: %v: %s", err, out)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var s straceSpace
	s.pages = make(map[uint64]bool)
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		stack := ""
		if i+1 < len(lines) && strings.HasPrefix(lines[i+1], " > ") {
			stack = lines[i+1]
		}
		s.call(t, line, stack != "" && !strings.Contains(stack, "ld-linux"))
	}
	s.EndBytes = uint64(len(s.pages)) * s.page()
	return s.Point
}

// straceSpace is the pages of an address space that the program's own calls mapped.
type straceSpace struct {
	profile.Point
	pages      map[uint64]bool
	programEnd uint64 // the break
}

var straceCall = regexp.MustCompile(`^(mmap|munmap|mremap|brk)\((.*)\) += (0x[0-9a-f]+|0)$`)

func (s *straceSpace) page() uint64 { return uint64(os.Getpagesize()) }

// call takes a line of strace's; own says that the call is not the loader's.
func (s *straceSpace) call(t *testing.T, line string, own bool) {
	t.Helper()
	m := straceCall.FindStringSubmatch(line)
	if m == nil {
		return // a frame of a stack, or a call that failed
	}
	number := func(text string) uint64 {
		if text == "NULL" {
			return 0
		}
		n, err := strconv.ParseUint(text, 0, 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return n
	}
	args, result := strings.Split(m[2], ", "), number(m[3])
	// The range from the page that addr lies in, or that follows it, on.
	up := func(n uint64) uint64 { return (n + s.page() - 1) / s.page() }
	set := func(from, to uint64) {
		for p := from; p < to; p++ {
			s.pages[p] = true
		}
	}
	clear := func(from, to uint64) {
		for p := from; p < to; p++ {
			delete(s.pages, p)
		}
	}
	mapped := func(from, to uint64, mappings uint64) {
		if from < to {
			s.TotalBytes += (to - from) * s.page()
			s.TotalBlocks += mappings
			set(from, to)
		}
	}
	switch {
	case m[1] == "brk":
		before, now := s.programEnd, result
		s.programEnd = now
		if own && before != 0 {
			mapped(up(before), up(now), 1)
			clear(up(now), up(before))
		}
	case !own:
	case m[1] == "mmap":
		mapped(result/s.page(), result/s.page()+up(number(args[1])), 1)
	case m[1] == "munmap":
		from := number(args[0]) / s.page()
		clear(from, from+up(number(args[1])))
	case m[1] == "mremap":
		from, old, length, to := number(args[0])/s.page(), up(number(args[1])), up(number(args[2])), result/s.page()
		clear(from, from+old)
		set(to, to+min(old, length))
		mapped(to+min(old, length), to+length, 0)
	}
	s.PeakBytes = max(s.PeakBytes, uint64(len(s.pages))*s.page())
}
