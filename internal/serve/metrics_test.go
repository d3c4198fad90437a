package serve

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/profile"
)

// sample is a line of a text format with a value.
type sample struct {
	name, labels string
	value        float64
}

var (
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? ([0-9.e+-]+)$`)
	labelPair  = regexp.MustCompile(`^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)`)
)

// parse reads the text format as the exposition formats' documentation has it, and nothing that they do not have: each
// family is declared once, before its values, and has them together; names end in the family's unit, and a counter's in _total.
func parse(text string, open bool) (all []sample, err error) {
	if !strings.HasSuffix(text, "\n") {
		return nil, fmt.Errorf("the last line does not end")
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if open {
		if lines[len(lines)-1] != "# EOF" {
			return nil, fmt.Errorf("it does not end with # EOF")
		}
		lines = lines[:len(lines)-1]
	}
	family, kind := "", ""
	declared, seen := map[string]bool{}, map[string]bool{}
	for n, line := range lines {
		fields := strings.SplitN(line, " ", 4)
		switch {
		case strings.HasPrefix(line, "# HELP "):
			if family, kind = fields[2], ""; declared[family] {
				return nil, fmt.Errorf("line %d: %s is declared twice", n+1, family)
			}
			declared[family] = true
			continue
		case strings.HasPrefix(line, "# TYPE ") && len(fields) == 4 && fields[2] == family && kind == "":
			kind = fields[3]
			if want := map[bool]string{true: "gauge counter info", false: "gauge counter"}[open]; !strings.Contains(want, kind) {
				return nil, fmt.Errorf("line %d: type %s", n+1, kind)
			}
			continue
		case strings.HasPrefix(line, "# UNIT ") && open && len(fields) == 4 && fields[2] == family && strings.HasSuffix(family, "_"+fields[3]):
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil || kind == "" {
			return nil, fmt.Errorf("line %d: %q", n+1, line)
		}
		name := family
		if suffix := map[string]string{"counter": "_total", "info": "_info"}[kind]; open {
			name += suffix
		} else if suffix != "" && !strings.HasSuffix(family, suffix) {
			return nil, fmt.Errorf("line %d: the counter %s", n+1, family)
		}
		if m[1] != name {
			return nil, fmt.Errorf("line %d: %s among those of %s", n+1, m[1], family)
		}
		if seen[m[1]+m[2]] {
			return nil, fmt.Errorf("line %d: %s%s is there twice", n+1, m[1], m[2])
		}
		seen[m[1]+m[2]] = true
		for rest := m[3]; rest != ""; {
			pair := labelPair.FindString(rest)
			if pair == "" {
				return nil, fmt.Errorf("line %d: labels %q", n+1, rest)
			}
			rest = rest[len(pair):]
		}
		value, err := strconv.ParseFloat(m[4], 64)
		if err != nil {
			return nil, err
		}
		all = append(all, sample{m[1], m[2], value})
	}
	return all, nil
}

func TestMetricsAreWhatTheFormatsSay(t *testing.T) {
	s, _ := server(nil)
	for _, open := range []bool{false, true} {
		accept, kind := "", "text/plain; version=0.0.4; charset=utf-8"
		if open {
			accept, kind = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", "application/openmetrics-text; version=1.0.0; charset=utf-8"
		}
		w := asked(s, "GET", "/"+testToken+"/metrics", header("Accept", accept))
		if got := w.Header().Get("Content-Type"); got != kind {
			t.Errorf("it says that it is %q, want %q", got, kind)
		}
		all, err := parse(w.Body.String(), open)
		if err != nil {
			t.Fatalf("%v in\n%s", err, w.Body)
		}
		got := map[string]float64{}
		for _, one := range all {
			got[one.name+one.labels] = one.value
		}
		for name, want := range map[string]float64{
			"heapprof_live_bytes": 100, "heapprof_live_blocks": 1, "heapprof_allocated_bytes_total": 100, "heapprof_freed_bytes_total": 0, "heapprof_peak_bytes": 100,
			"heapprof_resident_bytes": 8192, "heapprof_lost_calls_total": 0, "heapprof_recording_live": 1,
			`heapprof_recording_info{program="a\"b\\c\n"}`: 1,
			// Two sites of one name are one, and what all others have is no counter.
			`heapprof_site_live_bytes{site="f",where="f.c:1"}`: 61, `heapprof_site_live_bytes{site="(other sites)"}`: 39,
			`heapprof_site_allocated_bytes_total{site="f",where="f.c:1"}`: 60,
		} {
			if value, ok := got[name]; !ok || value != want {
				t.Errorf("%s is %v, want %v, in\n%s", name, value, want, w.Body)
			}
		}
		if _, ok := got[`heapprof_site_allocated_bytes_total{site="(other sites)"}`]; ok {
			t.Error("what all others have together is a counter")
		}
	}
}

func TestMetricsTellNothingThatIsNotKnown(t *testing.T) {
	s, _ := server(nil)
	for _, f := range s.families(&profile.Profile{Points: []profile.Point{{TotalBytes: 7, TotalBlocks: 1}}}, nil) {
		for _, unknown := range []string{"live_b", "freed", "peak", "resident", "lost", "unknown"} {
			if strings.Contains(f.name, "heapprof_"+unknown) {
				t.Errorf("%s is told of a profile that does not know it", f.name)
			}
		}
	}
}

func TestAnAttachedProcessHasMetricsOfItsOwn(t *testing.T) {
	s, _ := server(nil)
	p := &profile.Profile{Recording: &profile.Recording{Attached: &profile.Attached{FreedBefore: 3, Pauses: profile.Pauses{Count: 4, Longest: 11_600}}}}
	got := map[string]string{}
	for _, f := range s.families(p, nil) {
		if len(f.values) > 0 {
			got[f.name] = f.values[0].value
		}
	}
	if got["heapprof_earlier_frees"] != "3" || got["heapprof_pauses"] != "4" || got["heapprof_pause_longest_seconds"] != "0.0116" {
		t.Errorf("%v", got)
	}
}

func TestEstimatesAreCalledSo(t *testing.T) {
	s, _ := server(nil)
	p := &profile.Profile{Columns: profile.End, Sampling: profile.Sampling{MeanBytes: 1000, ExactBytes: 5000, ExactBlocks: 9}, Points: []profile.Point{{TotalBytes: 4800, TotalBlocks: 8, EndBytes: 5100}}}
	for _, f := range s.families(p, nil) {
		switch f.name {
		case "heapprof_live_bytes":
			if !strings.Contains(f.help, "estimated") {
				t.Errorf("%s: %s", f.name, f.help)
			}
		case "heapprof_allocated_bytes":
			if f.values[0].value != "5000" || strings.Contains(f.help, "estimated") {
				t.Errorf("%s is %s, %s: it was counted", f.name, f.values[0].value, f.help)
			}
		case "heapprof_freed_bytes":
			if f.values[0].value != "0" {
				t.Errorf("%s is %s: a counter is never below 0", f.name, f.values[0].value)
			}
		}
	}
}

// hostile is what a function may be called.
func TestNoNameBreaksTheFormat(t *testing.T) {
	names := []string{"a\"b", `a\b`, "a\nb", "\xff\xfe", "}\n# EOF", "a{b}", `\`, `"`, "", "ok"}
	s, _ := server(func(o *Options) {
		o.Forms.Sites = func(*profile.Profile, int) (all []Site, err error) {
			for i, name := range names {
				all = append(all, Site{Function: name, Where: names[len(names)-1-i], Type: name})
			}
			return all, nil
		}
	})
	w := asked(s, "GET", "/"+testToken+"/metrics", nil)
	if _, err := parse(w.Body.String(), false); err != nil {
		t.Errorf("%v in\n%s", err, w.Body)
	}
}
