package procfs

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAFileIsOneThoughItsVariablesLieInIt(t *testing.T) {
	all, err := ParseMaps(strings.NewReader(`1000-3000 r-xp 00000000 fe:00 7 /usr/lib/twice.so
3000-4000 rw-p 00001000 fe:00 7 /usr/lib/twice.so
4000-6000 r-xp 00000000 fe:00 7 /usr/lib/other.so
10000-12000 r-xp 00000000 fe:00 8 /usr/lib/arranged.so
12000-13000 rw-p 00002000 fe:00 8 /usr/lib/arranged.so
13000-14000 rw-p 00000000 00:00 0
20000-24000 r-xp 00010000 fe:00 8 /usr/lib/arranged.so
30000-32000 r-xp 00000000 fe:00 8 /usr/lib/arranged.so
7000000-7001000 r-xp 00000000 00:00 0 [vdso]
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range Files(all) {
		got = append(got, fmt.Sprintf("%s %x-%x", f.Path, f.Start(), f.End()))
	}
	want := []string{
		"/usr/lib/twice.so 1000-4000", "/usr/lib/other.so 4000-6000",
		"/usr/lib/arranged.so 10000-24000", "/usr/lib/arranged.so 30000-32000",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestAPathDoesNotHoldOnToAllThatIsMapped keeps a path of each of many processes.
func TestAPathDoesNotHoldOnToAllThatIsMapped(t *testing.T) {
	text := strings.Repeat("7f0000000000-7f0000001000 r--p 00000000 fe:01 4711                       /usr/lib/x86_64-linux-gnu/libexample.so.1.2.3\n", 500)
	const processes = 300
	var kept []string
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range processes {
		all, err := ParseMaps(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, Files(all)[0].Path)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := int64(after.HeapAlloc-before.HeapAlloc) / processes; each > 4096 {
		t.Errorf("a path of %d bytes holds on to %d", len(kept[0]), each)
	}
	runtime.KeepAlive(kept)
}

func TestOnlyTheMappingsOfTheFileAreFound(t *testing.T) {
	const text = `1000-3000 r-xp 00001000 fe:07 12 /usr/lib/this.so
3000-4000 rw-p 00001000 fe:07 123 /usr/lib/longer-inode.so
4000-6000 r-xp 00000000 08:07 12 /other/device.so
6000-7000 ---s 00002000 fe:07 12 /usr/lib/this.so (deleted)
`
	f := NewFinder(0xfe, 7, 12)
	for range 2 { // its room is used again
		all, err := f.parse(strings.NewReader(text))
		want := []Mapping{
			{0x1000, 0x3000, 0x1000, "r-xp", "/usr/lib/this.so"},
			{0x6000, 0x7000, 0x2000, "---s", "/usr/lib/this.so (deleted)"},
		}
		if err != nil || !slices.Equal(all, want) {
			t.Errorf("got %+v, %v, want %+v", all, err, want)
		}
	}
}

func TestWhatIsMappedFromNoFileHasNoPath(t *testing.T) {
	all, err := ParseMaps(strings.NewReader(`1000-2000 rw-p 00000000 00:00 0 /anon_hugepage (deleted)
2000-3000 rw-p 00000000 00:00 0 [heap]
3000-4000 rw-s 00000000 00:01 9 /memfd:a name with spaces (deleted)
`))
	var got []string
	for _, m := range all {
		got = append(got, m.Path)
	}
	if want := []string{"", "[heap]", "/memfd:a name with spaces (deleted)"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestCodeIsReadOnlyIfAllItsPartsAre(t *testing.T) {
	f := File{Parts: []Mapping{{Start: 0, End: 10, Protection: "r-xp"}, {Start: 10, End: 20, Protection: "r--p"}, {Start: 20, End: 30, Protection: "rw-p"}, {Start: 30, End: 40, Protection: "r-xs"}}}
	for _, c := range []struct {
		start, end uint64
		want       bool
	}{{0, 10, true}, {5, 20, true}, {15, 21, false}, {20, 22, false}, {30, 31, false}, {39, 41, false}} {
		if got := f.IsReadOnly(c.start, c.end); got != c.want {
			t.Errorf("%d-%d: %t", c.start, c.end, got)
		}
	}
}

func TestDamagedTextIsNotRead(t *testing.T) {
	for _, text := range []string{"x", "7f0-7f1 r 0 00:00 0\n", "7f0 rw-p 0 00:00 0\n", "7f0-7f1 rw-p -1 00:00 0\n"} {
		if all, err := ParseMaps(strings.NewReader(text)); err == nil {
			t.Errorf("maps %q: %+v", text, all)
		}
	}
	for _, text := range []string{"7f0-7f1 rw-p 0 00:00 0\nAnonymous: much\n", "7f0-7f1 rw-p 0 00:00 0\nRss: 4 MB\n", "7f0 rw-p 0 00:00 0\nRss: 4 kB\n"} {
		if err := ParseSmaps(strings.NewReader(text), func(MappedMemory) {}); err == nil {
			t.Errorf("smaps %q was read", text)
		}
	}
	for _, text := range []string{"", "1 2", "1 -2 3", "1 x 3"} {
		if m, err := parseMemory([]byte(text), 4096); err == nil {
			t.Errorf("statm %q: %+v", text, m)
		}
	}
	for _, text := range []string{"", "1 (cat) S 1", "1 (cat) S 1 1 1 1 1 1 1 1 1 1 x 13 1 1 1 1 1 1 22"} {
		if s, err := parseStat([]byte(text)); err == nil {
			t.Errorf("stat %q: %+v", text, s)
		}
	}
}

func TestTheNumbersOfAProcessAreReadWhateverItsNameHolds(t *testing.T) {
	s, err := parseStat([]byte("7 (a) R 1 (b)) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24\n"))
	if want := (Stat{140 * time.Millisecond, 150 * time.Millisecond, 22}); err != nil || s != want {
		t.Errorf("stat: got %+v, %v, want %+v", s, err, want)
	}
	status := parseStatus([]byte("Name:\tcat\nUid:\t0\t1000\t0\t0\nPPid:\t17\nNSpid:\t4242\t7\t1\nVmPeak:\t  999 kB\nVmHWM:\t   12 kB\n"))
	if status.User != 1000 || !slices.Equal(status.Numbers, []int{4242, 7, 1}) || status.PeakResident != 12<<10 || status.Parent != 17 {
		t.Errorf("status: %+v", status)
	}
	if zombie := parseStatus([]byte("Name:\tcat\nState:\tZ (zombie)\n")); zombie.User != -1 || zombie.Numbers != nil || zombie.PeakResident != 0 {
		t.Errorf("status of little: %+v", zombie)
	}
	m, err := parseMemory([]byte("100 20 5 1 0 30 0\n"), 4096)
	if want := (Memory{100 << 12, 20 << 12, 5 << 12}); err != nil || m != want || m.Anonymous() != 15<<12 {
		t.Errorf("statm: got %+v, %v, want %+v", m, err, want)
	}
}

func TestATitleLeavesNoEmptyArgumentsBehind(t *testing.T) {
	for text, want := range map[string][]string{
		"":                          nil,
		"\x00":                      nil,
		"cat\x00":                   {"cat"},
		"cat\x00\x00-n\x00":         {"cat", "", "-n"},
		"nginx: worker\x00\x00\x00": {"nginx: worker"},
	} {
		if got := parseList([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzMaps(f *testing.F) {
	f.Add("1000-3000 r-xp 00000000 fe:00 7 /usr/lib/twice.so\n3000-4000 rw-p 00001000 fe:00 7 /usr/lib/twice.so\nAnonymous:   4 kB\n")
	f.Add("7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]\nVmFlags: rd\n")
	f.Fuzz(func(t *testing.T, text string) {
		if all, err := ParseMaps(strings.NewReader(text)); err == nil {
			for _, file := range Files(all) {
				_ = fmt.Sprint(file.Start(), file.End(), file.HasCode(), file.IsReadOnly(0, 1<<40), file.PartAt(file.Start()))
			}
		}
		_ = ParseSmaps(strings.NewReader(text), func(MappedMemory) {})
		_, _ = NewFinder(0xfe, 0, 7).parse(strings.NewReader(text))
	})
}

func FuzzStatus(f *testing.F) {
	f.Add("7 (a) R 1 (b)) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24\n")
	f.Add("Uid:\t0\t1000\t0\t0\nPPid:\t17\nNSpid:\t4242\t7\t1\nVmHWM:\t   12 kB\n")
	f.Add("100 20 5 1 0 30 0\n")
	f.Add("cat\x00\x00-n\x00")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = parseStat([]byte(text))
		_ = parseStatus([]byte(text))
		_ = parseThreadStatus([]byte(text))
		_, _ = parseMemory([]byte(text), 4096)
		_ = parseList([]byte(text))
	})
}
