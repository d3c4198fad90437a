package lines_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"heapprof/internal/format/lines"
	"heapprof/internal/profile"
)

func TestLinesOfAnyLengthAreReadWhole(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	r := lines.NewReader(iotest.HalfReader(strings.NewReader("a\n\n" + long + "\nb")))
	var all []string
	for r.Next() == nil {
		if r.Cut != (string(r.Text) == "b") {
			t.Errorf("line %d: cut %v", r.Number, r.Cut)
		}
		all = append(all, string(r.Text))
	}
	if want := []string{"a", "", long, "b"}; !slices.Equal(all, want) || r.Number != 4 {
		t.Errorf("got %d lines, the last of number %d", len(all), r.Number)
	}
}

func TestALineThatIsTooLongIsRefused(t *testing.T) {
	r := lines.NewReader(io.MultiReader(strings.NewReader("a\n"), strings.NewReader(strings.Repeat("x", 5<<20))))
	if err := r.Next(); err != nil {
		t.Fatal(err)
	}
	var format *profile.FormatError
	if err := r.Next(); !errors.As(err, &format) || !strings.Contains(err.Error(), "line 2 is longer than") {
		t.Errorf("got %v", err)
	}
}

func TestTheErrorOfTheReaderIsKept(t *testing.T) {
	broken := errors.New("broken")
	if err := lines.NewReader(iotest.ErrReader(broken)).Next(); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
