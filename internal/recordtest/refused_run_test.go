//go:build linux && (amd64 || arm64)

package recordtest

import (
	"strings"
	"syscall"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// refusedOf returns what failed in a recording, of which the program's own functions are the sites.
func refusedOf(t *testing.T, r recording) *view.Refusals {
	t.Helper()
	failed, err := view.NewRefusals(view.NewSource(r.Profile), 0)
	if err != nil {
		t.Fatal(err)
	}
	return failed
}

// endedRefused returns the finding that the program ended as an allocation had failed; nil where there is none.
func endedRefused(r recording) *finding.Finding {
	for _, f := range finding.OfHeap(view.NewSource(r.Profile)) {
		if f.Code == finding.EndedRefused {
			return &f
		}
	}
	return nil
}

// TestLimitOfTheProgramsOwnIsToldFromTheSystems compares what the crate cap refuses, and what had been allocated by then, with its
// own words, to the byte.
func TestLimitOfTheProgramsOwnIsToldFromTheSystems(t *testing.T) {
	t.Parallel()
	bin := testkit.BuildCargo(t, fixture.Cargo{Program: "capped"})
	r := record(t, nil, bin, "1048576", "abort")
	counts := testkit.Counts(r.Stdout)
	all := refusedOf(t, r).Rows
	if len(all) < 2 {
		t.Fatalf("got %+v", all)
	}
	first := all[0]
	if first.By != profile.RefusedByProgram || first.Times != 1 || first.Bytes != counts["failed"] || first.LiveBytes != counts["allocated"] || first.Type != "Vec<u8>" {
		t.Errorf("cap says %v; got %+v", counts, first)
	}
	// The second time cap is a part of its caller: what Rust calls then tells of it.
	second := all[1]
	if second.By != profile.RefusedByProgram || second.Times != 1 || second.Bytes != 8<<20 || second.Type != "Vec<u64>" || !strings.HasSuffix(second.Function, "::demand") || second.Telling {
		t.Errorf("got %+v", second)
	}
	if f := endedRefused(r); f == nil || r.Profile.Recording.Signal != int(syscall.SIGABRT) || !strings.HasSuffix(f.Site.Function, "::demand") {
		t.Errorf("the end is not told: %+v", f)
	}
}

// TestLimitIsKeptAsCapKeepsIt limits the same program by cap and by heapprof: what is refused, and what had been allocated by
// then, are equal to the byte.
func TestLimitIsKeptAsCapKeepsIt(t *testing.T) {
	t.Parallel()
	bin := testkit.BuildCargo(t, fixture.Cargo{Program: "capped"})
	const own, none = "1048576", "0000000" // of one length, for the program keeps its arguments
	capped := record(t, nil, bin, own)
	limited := record(t, []string{"--limit", own, "--at-limit", "fail"}, bin, none)
	if capped.Stdout != limited.Stdout {
		t.Errorf("cap: %slimit: %s", capped.Stdout, limited.Stdout)
	}
	counts := testkit.Counts(capped.Stdout)
	for by, r := range map[profile.RefusedBy]recording{profile.RefusedByProgram: capped, profile.RefusedByLimit: limited} {
		all := refusedOf(t, r)
		if len(all.Rows) != 1 || all.Rows[0].By != by || all.Rows[0].Bytes != counts["failed"] || all.Rows[0].LiveBytes != counts["allocated"] {
			t.Errorf("cap says %v; refused by %s: %+v", counts, by, all.Rows)
		}
	}
	if c := refusedOf(t, limited).Crossed; c == nil || c.Bytes != counts["failed"] || c.LiveBytes != counts["allocated"] || c.Type != "Vec<u8>" {
		t.Errorf("cap says %v; what crossed the limit: %+v", counts, c)
	}
}

func TestOperatorNewThatThrowsIsARefusal(t *testing.T) {
	t.Parallel()
	r := record(t, nil, testkit.Build(t, "bad_alloc.cc", "-O2", "-g"))
	all := refusedOf(t, r)
	if all.Total.Times != 9 || all.Total.LeastBytes != 1<<62 || all.Total.MostBytes != 1<<62 {
		t.Errorf("%d calls failed, of %d to %d bytes, not 9 of %d", all.Total.Times, all.Total.LeastBytes, all.Total.MostBytes, uint64(1)<<62)
	}
	for i := range all.Rows {
		if row := &all.Rows[i]; row.Function != "main" || row.By != profile.RefusedByAllocator || row.Telling {
			t.Errorf("got %+v", row)
		}
	}
	if f := endedRefused(r); f != nil {
		t.Errorf("a program that catches its exceptions: %+v", f)
	}
}

func TestProgramThatDoesNotTakeAFailureIsToldWithHowItEnded(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]struct {
		function, kind string
		bytes          uint64
		signal         syscall.Signal
	}{
		"unchecked.c": {"parse", "", 1 << 50, syscall.SIGSEGV},
		"uncaught.cc": {"fill", "std::vector<long>", 8 << 50, syscall.SIGABRT},
	} {
		const numbers = "0x4000000000000" // 2^50
		r := record(t, nil, testkit.Build(t, source, "-O2", "-g"), numbers)
		f := endedRefused(r)
		if f == nil {
			t.Errorf("%s: the end is not told: %+v", source, r.Profile.Recording.Refusals)
			continue
		}
		e := f.Grounds.(*finding.LastRefusal)
		if !strings.HasPrefix(f.Site.Function, want.function) || f.Type != want.kind || e.MostBytes != want.bytes || e.Signal != int(want.signal) || e.All != 1 {
			t.Errorf("%s: got %s of %q, %+v", source, f.Site.Function, f.Type, e)
		}
	}
}

// TestEachCallThatFailsIsCounted runs a program out of memory, which says how many blocks it got of 200,000.
func TestEachCallThatFailsIsCounted(t *testing.T) {
	t.Parallel()
	r := record(t, nil, testkit.Build(t, "exhausted.c"))
	got := testkit.Counts(r.Stdout)["total_blocks"]
	if all := refusedOf(t, r); all.Total.Times != 1+200_000-got || len(all.Rows) > 2 || all.Total.LeastBytes != 1000 {
		t.Errorf("%d calls failed, not %d: %+v", all.Total.Times, 1+200_000-got, all.Rows)
	}
	if f := endedRefused(r); f != nil {
		t.Errorf("a program that goes on and exits: %+v", f)
	}
}
