package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func written(t *testing.T, p *profile.Profile) string {
	t.Helper()
	f, err := New(view.NewSource(p))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestEachLineIsARowOfATable(t *testing.T) {
	p := reporttest.Sample()
	got := written(t, p)
	lines := map[string]int{}
	var bytes float64
	for line := range strings.Lines(got) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		lines[row["table"].(string)]++
		if row["table"] == "points" {
			bytes += row["peak_bytes"].(float64)
		}
	}
	if lines["points"] != len(p.Points) || lines["frames"] != len(p.Frames) || lines["profile"] != 1 || lines["stacks"] != 0 || bytes != float64(p.Totals().PeakBytes) {
		t.Errorf("%v, %v bytes", lines, bytes)
	}
	for _, want := range []string{
		`"command":"./zipstat a.zip b.zip","pid":42,`,
		`{"table":"points","id":3,"site":9,`,
		`,"stack":[8,9,5]}` + "\n",
		`{"table":"frames","id":3,"name":"Parser::read(std::istream&)",`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %s in\n%s", want, got)
		}
	}
}

type full struct{ n int }

var errFull = errors.New("no space left")

func (f *full) Write(b []byte) (int, error) {
	if f.n -= len(b); f.n < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestAWriterThatFailsEndsTheWriting(t *testing.T) {
	p := reporttest.Sample()
	p.Points = append(p.Points, make([]profile.Point, 10_000)...)
	f, err := New(view.NewSource(p))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(&full{100_000}); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}
