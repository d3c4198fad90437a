package pprof_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"runtime"
	runtimepprof "runtime/pprof"
	"strings"
	"testing"
	"testing/iotest"

	pb "github.com/google/pprof/profile"
	"github.com/klauspost/compress/gzip"

	"heapprof/internal/format/pprof"
	"heapprof/internal/profile"
	writer "heapprof/internal/report/pprof"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// small returns a profile as a tool writes it that samples, with a location of two lines and one that has
// no name.
func small() *pb.Profile {
	app := &pb.Mapping{ID: 1, Start: 0x400000, Limit: 0x500000, File: "/srv/app", BuildID: "C0FFEE"}
	lib := &pb.Mapping{ID: 2, Start: 0x7f0000001000, Limit: 0x7f0000009000, Offset: 0x1000, File: "/lib/libz.so.1"}
	grow := &pb.Function{ID: 1, Name: "grow", Filename: "vec.h"}
	load := &pb.Function{ID: 2, Name: "load", Filename: "app.cc"}
	at := []*pb.Location{
		{ID: 1, Mapping: app, Address: 0x401000, Line: []pb.Line{{Function: grow, Line: 7}, {Function: load, Line: 30, Column: 4}}},
		{ID: 2, Mapping: lib, Address: 0x7f0000002345},
	}
	return &pb.Profile{
		SampleType: []*pb.ValueType{{Type: "alloc_objects", Unit: "count"}, {Type: "alloc_space", Unit: "bytes"}, {Type: "inuse_objects", Unit: "count"}, {Type: "inuse_space", Unit: "bytes"}, {Type: "resident_space", Unit: "bytes"}},
		PeriodType: &pb.ValueType{Type: "space", Unit: "bytes"}, Period: 1024,
		DurationNanos: 5e9,
		Sample: []*pb.Sample{
			{Location: at, Value: []int64{10, 100, 2, 20, 4096}, NumLabel: map[string][]int64{"bytes": {10}}},
			{Location: at[1:], Value: []int64{3, 30, 0, 0, 0}, Label: map[string][]string{"thread": {"main"}}},
			{Location: at, Value: []int64{1, 8, 0, 0, 1}},
		},
		Mapping: []*pb.Mapping{app, lib}, Location: at, Function: []*pb.Function{grow, load},
		Comments: []string{"command: ./app --fast", "pid: 71"},
	}
}

func encode(t testing.TB, p *pb.Profile) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.WriteUncompressed(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(t testing.TB, file []byte) *profile.Profile {
	t.Helper()
	if !pprof.Detect(file[:min(len(file), 4096)]) {
		t.Fatal("it is not detected")
	}
	p, err := pprof.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSampleTypesBecomeColumns(t *testing.T) {
	p := decode(t, encode(t, small()))
	if p.Columns != profile.End || p.Sampling.MeanBytes != 1024 || p.EndTime != 5_000_000 || p.Command != "./app --fast" || p.PID != 71 || p.Maker != "pprof" {
		t.Errorf("got %+v", p)
	}
	if want := []profile.Extra{{Name: "resident_space", Unit: "bytes"}}; !reflect.DeepEqual(p.Extra, want) {
		t.Errorf("besides it counts %v, want %v", p.Extra, want)
	}
	sum := p.Totals()
	if sum.TotalBlocks != 14 || sum.TotalBytes != 138 || sum.EndBlocks != 2 || sum.EndBytes != 20 || !reflect.DeepEqual(sum.Rest().Extra, []uint64{4097}) {
		t.Errorf("the totals are %+v", sum)
	}
	if len(p.Points) != 2 {
		t.Errorf("two samples of one stack are %d points with the third", len(p.Points))
	}
}

func TestFramesSayWhereTheyAreAndWhatIsInlined(t *testing.T) {
	p := decode(t, encode(t, small()))
	var got []profile.Frame
	for _, pt := range p.Points {
		if pt.Stack.Len() == 3 {
			for _, i := range pt.Stack.All() {
				got = append(got, p.Frames[i])
			}
		}
	}
	app := &profile.Module{Path: "/srv/app", BuildID: "c0ffee", Start: 0x400000, End: 0x500000, Bias: 0x400000, ByOffset: true}
	lib := &profile.Module{Path: "/lib/libz.so.1", Start: 0x7f0000001000, End: 0x7f0000009000, Bias: 0x7f0000000000, ByOffset: true}
	want := []profile.Frame{
		{Addr: 0x401000, Function: "grow", File: "vec.h", Line: 7, Module: app, Inlined: true},
		{Addr: 0x401000, Function: "load", File: "app.cc", Line: 30, Column: 4, Module: app},
		{Addr: 0x7f0000002345, Module: lib},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// What heapprof writes for go tool pprof comes back with the same totals, to the byte.
func TestRoundTripKeepsTotals(t *testing.T) {
	for name, p := range map[string]*profile.Profile{
		"own": reporttest.Drawn(), "foreign": reporttest.DrawnByOthers(), "sampled": reporttest.Sampled(), "typed": reporttest.Typed(), "by lines": reporttest.Lines(),
	} {
		f, err := writer.New(view.NewSource(p), writer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := f.WritePlain(&b); err != nil {
			t.Fatal(err)
		}
		got := decode(t, b.Bytes())
		want := p.Totals()
		sum := got.Totals()
		if sum.TotalBytes != want.TotalBytes || sum.TotalBlocks != want.TotalBlocks || sum.EndBytes != want.EndBytes || sum.EndBlocks != want.EndBlocks ||
			sum.PeakBytes != want.PeakBytes || sum.PeakBlocks != want.PeakBlocks {
			t.Errorf("%s: the totals are %+v, want %+v", name, sum, want)
		}
		if got.Sampling.MeanBytes != p.Sampling.MeanBytes {
			t.Errorf("%s: sampled each %d bytes", name, got.Sampling.MeanBytes)
		}
	}
}

// The oracle is pprof's own library, and the profile that of the test itself.
func TestGosOwnProfileHasTheSumsThatPprofSees(t *testing.T) {
	runtime.GC()
	var b bytes.Buffer
	if err := runtimepprof.WriteHeapProfile(&b); err != nil {
		t.Fatal(err)
	}
	zr, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	p := decode(t, plain)
	want, err := pb.ParseData(plain)
	if err != nil {
		t.Fatal(err)
	}
	var sums [4]int64
	for _, s := range want.Sample {
		for i, v := range s.Value {
			sums[i] += v
		}
	}
	sum := p.Totals()
	if got := [4]int64{int64(sum.TotalBlocks), int64(sum.TotalBytes), int64(sum.EndBlocks), int64(sum.EndBytes)}; got != sums {
		t.Errorf("the sums are %v, and pprof's %v", got, sums)
	}
	if p.Maker != "Go" || p.Sampling.MeanBytes != uint64(runtime.MemProfileRate) {
		t.Errorf("made by %s, one sample in %d bytes", p.Maker, p.Sampling.MeanBytes)
	}
}

// Some writers put the tables before the samples, and each number of a list in a field of its own.
func TestOrderAndPackingOfFieldsDoNotMatter(t *testing.T) {
	field := func(number int, content string) string {
		return string([]byte{byte(number<<3 | 2), byte(len(content))}) + content
	}
	value := func(number, v byte) string { return string([]byte{number << 3, v}) }
	file := field(6, "") + field(6, "objects") + field(6, "count") + field(6, "space") + field(6, "bytes") + field(6, "main") +
		field(5, value(1, 1)+value(2, 5)) + field(4, value(1, 9)+value(3, 77)+field(4, value(1, 1)+value(2, 3))) +
		field(2, value(1, 9)+value(1, 9)+value(2, 4)+value(2, 64)) +
		field(1, value(1, 1)+value(2, 2)) + field(1, value(1, 3)+value(2, 4))
	p := decode(t, []byte(file))
	if p.Columns != profile.End|profile.NoTotals || len(p.Points) != 1 || p.Points[0].EndBlocks != 4 || p.Points[0].EndBytes != 64 || p.Points[0].Stack.Len() != 2 {
		t.Fatalf("got %+v", p)
	}
	if f := p.Frames[p.Points[0].Stack.At(0)]; f.Function != "main" || f.Line != 3 || f.Addr != 77 {
		t.Errorf("the frame is %+v", f)
	}
}

func TestBytesWithoutBlocksAreRead(t *testing.T) {
	p := small()
	p.SampleType = []*pb.ValueType{{Type: "live_bytes", Unit: "kilobytes"}}
	for _, s := range p.Sample {
		s.Value = s.Value[1:2]
	}
	got := decode(t, encode(t, p))
	if got.Columns != profile.End|profile.NoTotals|profile.NoBlocks || got.Totals().EndBytes != 138<<10 {
		t.Errorf("columns %b, totals %+v", got.Columns, got.Totals())
	}
}

func TestWhatIsNoHeapIsRefused(t *testing.T) {
	cpu := small()
	cpu.SampleType = []*pb.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}, {Type: "a", Unit: ""}, {Type: "b", Unit: ""}, {Type: "inuse_objects", Unit: "count"}}
	negative := small()
	negative.Sample[1].Value[1] = -30
	lacking := small()
	lacking.Location = lacking.Location[:1]
	whole := encode(t, small())
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "the input is empty"},
		{"cpu", encode(t, cpu), "the input is a pprof profile of samples/count, cpu/nanoseconds, a/, b/, inuse_objects/count, none of which are bytes of a heap; go tool pprof shows it"},
		{"difference", encode(t, negative), "the input has values below zero, as the difference of two profiles has: compare the two themselves, with heapprof diff"},
		{"truncated", whole[:len(whole)-3], "the input is truncated at byte"},
		{"no such location", encode(t, lacking), "the input is damaged: a sample refers to location 2, which there is not"},
		{"type of field", []byte{0x0b}, "the input is damaged at byte 0: a field is of type 3, which there is not"},
		{"long field", []byte{0x12, 0xff, 0xff, 0xff, 0xff, 0x7f}, "the input is damaged at byte 0: a field has 34359738367 bytes, more than the 16777216 that are read"},
		{"long number", append([]byte{0x48}, bytes.Repeat([]byte{0xff}, 11)...), "the input is damaged at byte 0: a number has more than 64 bits"},
	} {
		_, err := pprof.Read(bytes.NewReader(test.file))
		var format *profile.FormatError
		if !errors.As(err, &format) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got  %v\nwant %s", test.name, err, test.want)
		}
	}
}

func TestErrorsOfTheReaderAreItsOwn(t *testing.T) {
	broken := errors.New("the disk fell off")
	for n := range int64(40) {
		if _, err := pprof.Read(io.MultiReader(io.LimitReader(bytes.NewReader(encode(t, small())), n), iotest.ErrReader(broken))); err != broken {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

func TestTextsAreNotDetected(t *testing.T) {
	for _, text := range []string{"", "{\"dhatFileVersion\":2}", "heap_v2/524288\n", "heap profile: 1: 2", "v 10400 3\n", "desc: --massif\n", "\n\n\nhello", "main;f 7\n", "0x1 0x2", "*note", "bytes"} {
		if pprof.Detect([]byte(text)) {
			t.Errorf("%q is taken for a profile", text)
		}
	}
}
