package human

import (
	"math"
	"testing"

	"heapprof/internal/profile"
)

func TestSizesHaveThreeSignificantDigits(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.00 KiB", 10_239: "10.0 KiB", 10_240: "10.0 KiB", 102_400: "100 KiB",
		1<<20 - 1: "1.00 MiB", 1 << 20: "1.00 MiB", 3 << 29: "1.50 GiB", 1 << 40: "1.00 TiB", math.MaxUint64: "16.0 EiB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestCountsHaveTheirThousandsSeparated(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestAPercentageDoesNotRoundSomethingToNothingNorNearlyAllToAll(t *testing.T) {
	for _, c := range []struct {
		part, whole uint64
		want        string
	}{
		{0, 100, "0.0%"}, {1, 1_000_000, "<0.1%"}, {1, 3, "33.3%"}, {999_999, 1_000_000, "99.9%"}, {5, 5, "100.0%"}, {1, 0, ""},
	} {
		if got := (Units{}).Percent(c.part, c.whole); got != c.want {
			t.Errorf("Percent(%d, %d) = %q, want %q", c.part, c.whole, got, c.want)
		}
	}
}

func TestTimesAreWrittenInTheProfilesUnit(t *testing.T) {
	micro := UnitsOf(&profile.Profile{Units: profile.Units{Time: "µs", MegaTime: "s"}})
	instrs := UnitsOf(&profile.Profile{Units: profile.Units{Time: "instrs", MegaTime: "Minstr"}})
	other := UnitsOf(&profile.Profile{Units: profile.Units{Time: "tick", MegaTime: "Mtick"}})
	for _, c := range []struct {
		units Units
		t     float64
		want  string
	}{
		{micro, 0, "0 s"}, {micro, 12.34, "12.3 µs"}, {micro, 4200, "4.20 ms"}, {micro, 999_499, "999 ms"}, {micro, 2_500_000, "2.50 s"}, {micro, 754e6, "12 min 34 s"}, {micro, 7300e6, "2 h 01 min"},
		{instrs, 12, "12 instrs"}, {instrs, 1500, "1.50 Kinstr"}, {instrs, 2.5e9, "2.50 Ginstr"},
		{other, 3e6, "3.00 Mtick"}, {other, 12, "12.0 tick"},
	} {
		if got := c.units.Time(c.t); got != c.want {
			t.Errorf("%v is %q, want %q", c.t, got, c.want)
		}
	}
}

func TestUnitsOtherThanBytesKeepTheirNames(t *testing.T) {
	u := UnitsOf(&profile.Profile{Units: profile.Units{Unit: "unit", Units: "units", Blocks: "events"}})
	if got := u.Size(12345); got != "12,345 units" {
		t.Errorf("got %q", got)
	}
	if got := u.Blocks(1); got != "1 event" {
		t.Errorf("got %q", got)
	}
}

func TestNounsFollowTheirNumber(t *testing.T) {
	for _, c := range []struct {
		n          uint64
		noun, want string
	}{
		{0, "block", "0 blocks"}, {1, "block", "1 block"}, {2000, "block", "2,000 blocks"},
		{1, "library", "1 library"}, {2, "library", "2 libraries"}, {1, "child process", "1 child process"}, {3, "child process", "3 child processes"},
	} {
		if got := Counted(c.n, c.noun); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestSizesAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]uint64{
		"0": 0, "1000": 1000, "512KiB": 512 << 10, "64k": 64 << 10, "1.5M": 3 << 19, " 2 GB ": 2 << 30, "1TiB": 1 << 40, "7B": 7,
	} {
		if got, ok := ParseSize(text); !ok || got != want {
			t.Errorf("%q is %d, %t; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "KiB", "-1", "NaN", "Inf", "1e30", "8PiB", "12KiBB", "one", "0x10"} {
		if got, ok := ParseSize(text); ok {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func TestMarginsAreInPercentOfTheEstimate(t *testing.T) {
	for margin, want := range map[float64]string{0: "±0%", 0.4: "±<1%", 12.4: "±12%", 200: "±200%", 123_456: "±123,456%"} {
		if got := Margin(margin, 100); got != want {
			t.Errorf("%g of 100 is %q, want %q", margin, got, want)
		}
	}
}
