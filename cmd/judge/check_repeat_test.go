package judge

import (
	"strings"
	"testing"

	"heapprof/internal/budget"
	"heapprof/internal/report/human"
)

// numbersOf returns the numbers of a run of one process, whose blocks are those of two sites.
func numbersOf(name string, blocks, peak, first, second uint64) runNumbers {
	x := processNumbers{name: name, units: human.Units{One: "byte", Many: "bytes"}, totals: map[budget.Metric]uint64{"total-blocks": blocks, "peak-bytes": peak}, sites: map[string]map[budget.Metric]uint64{}}
	for at, n := range map[string]uint64{"first  a.c:1": first, "second  a.c:2": second} {
		if n > 0 {
			x.sites[at] = map[budget.Metric]uint64{"total-blocks": n}
		}
	}
	return runNumbers{[]processNumbers{x}}
}

func spreadText(t *testing.T, all ...runNumbers) string {
	t.Helper()
	var b strings.Builder
	if err := writeSpread(&b, spreadOf(all)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatDiffersFromRunToRunIsSaid(t *testing.T) {
	got := spreadText(t, numbersOf("prog", 1000, 5000, 900, 100), numbersOf("prog", 1003, 5000, 903, 100), numbersOf("prog", 1001, 5000, 900, 101))
	for _, want := range []string{
		"heapprof: prog: 3 runs, in which 1 of 2 metrics differ\n",
		"  peak-bytes            4.88 KiB      4.88 KiB  exact\n",
		"  total-blocks             1,000         1,003  3, 0.3%\n",
		"  total-blocks      900 to 903 in first  a.c:1\n  total-blocks      100 to 101 in second  a.c:2\n",
		"--tolerance 0.6%, or tolerance = \"0.6%\" in heapprof.toml, is twice what was seen to differ\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// TestASiteThatIsNotThereInEachRunDiffers though the totals are the same.
func TestASiteThatIsNotThereInEachRunDiffers(t *testing.T) {
	got := spreadText(t, numbersOf("prog", 100, 5000, 100, 0), numbersOf("prog", 100, 5000, 90, 10))
	for _, want := range []string{"2 runs, in which 2 metrics are the same, and of some sites differ\n", "90 to 100 in first", "0 to 10 in second"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestWhatDiffersWidelyGetsNoTolerance(t *testing.T) {
	got := spreadText(t, numbersOf("prog", 0, 5000, 0, 0), numbersOf("prog", 40, 5000, 40, 0))
	if !strings.Contains(got, "heapprof: total-blocks: too different for a percentage") || strings.Contains(got, "--tolerance") {
		t.Error(got)
	}
}

func TestAProcessThatIsNotInAllRunsIsNotCompared(t *testing.T) {
	two := numbersOf("prog", 10, 5000, 10, 0)
	two.processes = append(two.processes, numbersOf("child", 5, 50, 5, 0).processes...)
	got := spreadText(t, numbersOf("prog", 10, 5000, 10, 0), two)
	if !strings.Contains(got, "heapprof: child: it was in 1 of 2 runs, and is not compared\n") || !strings.Contains(got, "prog: 2 runs, 0 that differ: 2 metrics are the same, in all and of each site\n") {
		t.Error(got)
	}
}

func TestATolerancesPercentageIsRoundedUp(t *testing.T) {
	for part, want := range map[float64]string{0.003: "0.3%", 0.00301: "0.4%", 0.2: "20%", 0.101: "20%", 0.01: "1%", 0.099: "10%", 1e-9: "0.0001%"} {
		if got := tolerancePercent(part); got != want {
			t.Errorf("%v: %s, want %s", part, got, want)
		}
		if _, ok := budget.ParsePercent(tolerancePercent(part)); !ok {
			t.Errorf("%v: %s is no percentage", part, tolerancePercent(part))
		}
	}
}
