package budget

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"heapprof/internal/report/names"
)

func TestLimitsAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]string{
		"peak-bytes=10MiB":                  "peak-bytes=10485760",
		" total-blocks = 50000 ":            "total-blocks=50000",
		"temporary-blocks=10%":              "temporary-blocks=10%",
		"leaked-bytes=0":                    "leaked-bytes=0",
		"leaked-blocks@main=0.000001 %":     "leaked-blocks@main=0.000001%",
		"peak-bytes@^a(b|=c@d)$=1K":         "peak-bytes@^a(b|=c@d)$=1024",
		"peak-bytes@x=2.5%":                 "peak-bytes@x=2.5%",
		"peak-bytes @ x = 2.5%":             "peak-bytes@x=2.5%",
		"end-bytes=9007199254740993":        "end-bytes=9007199254740993", // more than a float64 tells apart
		"total-blocks=9223372036854775807":  "total-blocks=9223372036854775807",
		"lost-bytes=1.5M":                   "lost-bytes=1572864",
		"temporary-blocks@core::fmt=1000 %": "temporary-blocks@core::fmt=1000%",
	} {
		l, err := ParseLimit(text)
		if err != nil || l.String() != want {
			t.Errorf("%q: %v, %v, want %s", text, l, err, want)
		}
	}
	for _, text := range []string{
		"", "=", "10MiB", "peak-bytes", "peak-bytes=", "peak-bytes=-1", "peak-bytes=%", "peak-bytes=10%", "total-blocks@=5", "total-blocks=5k", "total-blocks=0x5",
		"total-blocks=1e3", "peak-bytes@a(=5", "peak-bytes=.5%", "peak-bytes@a=1.%", "peak-bytes@a=1.0000001%", "peak-bytes@a=10000000%", "max-bytes=1", "lifetime=5", "peak-bytes=nan", "peak-bytes=inf",
		"total-blocks=9223372036854775808", "peak-bytes=9EiB",
	} {
		if l, err := ParseLimit(text); err == nil {
			t.Errorf("%q is read as %v", text, l)
		}
	}
	for text, want := range map[string]string{"2%": "2%", "total-blocks=0": "total-blocks=0", "peak-bytes=2%": "peak-bytes=2%", " 0.5 % ": "0.5%"} {
		if l, err := ParseIncrease(text); err != nil || l.String() != want {
			t.Errorf("increase %q: %v, %v", text, l, err)
		}
	}
	if _, err := ParseIncrease("2"); !errors.Is(err, ErrNoMetric) {
		t.Errorf("an increase of nothing: %v", err)
	}
}

func TestMetricsOfOthersAreSuggested(t *testing.T) {
	for name, want := range map[string]string{"max-bytes": "peak-bytes", "curr_blocks": "end-blocks", "peak-byte": "peak-bytes"} {
		_, err := ParseMetric(name)
		var unknown *names.UnknownName
		if !errors.As(err, &unknown) || !strings.Contains(err.Error(), `did you mean "`+want+`"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPercentageIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	whole := new(big.Int).SetUint64(uint64(100 * onePercent))
	for range 10_000 {
		p, n := Percent(rng.Uint64N(uint64(maxPercent)+1))>>rng.UintN(50), rng.Uint64()>>rng.UintN(64)
		want := new(big.Int).SetUint64(uint64(p))
		want.Div(want.Mul(want, new(big.Int).SetUint64(n)), whole)
		if !want.IsUint64() {
			want.SetUint64(^uint64(0))
		}
		if got := p.Of(n); got != want.Uint64() {
			t.Fatalf("%v of %d is %d, want %d", p, n, got, want)
		}
		if again, ok := ParsePercent(p.String()); !ok || again != p {
			t.Fatalf("%d is written as %s and read as %d", p, p, again)
		}
	}
}

func FuzzParseLimit(f *testing.F) {
	for _, s := range []string{"peak-bytes=10MiB", "temporary-blocks@a=b=10%", "total-blocks=5", "2%", "leaked-bytes@^x$=0.25%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func(string) (Limit, error){ParseLimit, ParseIncrease} {
			l, err := parse(text)
			if err != nil {
				continue
			}
			again, err := parse(l.String())
			if err != nil || again.String() != l.String() || again.Amount != l.Amount || again.Percent != l.Percent || again.IsPercent != l.IsPercent {
				t.Errorf("%q is read as %q, and that as %v, %v", text, l, again, err)
			}
		}
	})
}
