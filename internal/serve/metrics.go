package serve

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"heapprof/internal/profile"
)

// Label is a label of a metric, whose name has only letters and _.
type Label struct{ Name, Value string }

// Site is one of the sites of which metrics are told.
type Site struct {
	Function string // "" stands for all others together
	Where    string // beside it: "parse.c:10"; "" where it is not known
	Type     string // of its blocks; "" where it is not known

	LiveBytes, LiveBlocks, TotalBytes, TotalBlocks, PeakBytes, PeakBlocks uint64
}

// otherSites is what stands in a label for all sites that have no metric of their own.
const otherSites = "(other sites)"

// exposition answers in the text format of Prometheus, version 0.0.4, or in that of OpenMetrics where that is asked for.
func (s *Server) exposition(w http.ResponseWriter, r *http.Request) {
	p, _, err := s.look(r.Context(), lookAge)
	var sites []Site
	if err == nil {
		sites, err = s.sites(r.Context(), p)
	}
	if err != nil {
		s.failed(w, "the metrics", err)
		return
	}
	var b bytes.Buffer
	open := strings.Contains(r.Header.Get("Accept"), "application/openmetrics-text")
	s.families(p, sites).write(&b, open)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if open {
		w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
	}
	w.Write(b.Bytes())
}

func (s *Server) sites(ctx context.Context, p *profile.Profile) ([]Site, error) {
	if s.options.Sites == 0 {
		return nil, nil
	}
	sites, _, err := s.metrics.get(ctx, lookAge, s.options.Now, s.options.Source.State(), func() ([]Site, error) {
		return s.options.Forms.Sites(p, s.options.Sites)
	})
	return sites, err
}

// family is one metric, of one thing or of several that labels tell apart.
type family struct {
	name string // without the _total of a counter
	unit string // with which name ends; "" without one
	kind string // "gauge", "counter" or "info"
	help string

	values []labelled
}

type labelled struct {
	labels []Label
	value  string
}

type families []family

// counted is what is counted of a profile since the recording began, in names and words.
type counted struct {
	amount, blocks string // names of metrics
	amountIs       string // words of theirs
	blocksAre      string
}

// countedOf returns what a profile counts: blocks that were allocated, unless it is of copies or of events.
func countedOf(p *profile.Profile) counted {
	switch p.Measure() {
	case profile.CopiedBytes:
		return counted{"copied_bytes", "copies", "Bytes copied", "Copies made"}
	case profile.CountedEvents:
		return counted{"event_units", "events", "Units of events", "Events"}
	}
	return counted{"allocated_bytes", "allocated_blocks", "Bytes allocated", "Blocks allocated"}
}

// families returns what is told of a profile. Of what is not known nothing is told.
func (s *Server) families(p *profile.Profile, sites []Site) families {
	var all families
	one := func(name, unit, kind, help string, value uint64) {
		all = append(all, family{name, unit, kind, help, []labelled{{nil, fmt.Sprint(value)}}})
	}
	hasTotals, hasBlocks := !p.Columns.Has(profile.NoTotals), !p.Columns.Has(profile.NoBlocks)
	blocks := func(name, kind, help string, value uint64) {
		if hasBlocks {
			one(name, unitOf(name), kind, help, value)
		}
	}
	t := p.Totals()
	live := profile.Columns(profile.End)
	estimate := ""
	if !p.Sampling.IsExact() {
		estimate = ", estimated from sampled blocks"
	}
	total := [2]uint64{t.TotalBytes, t.TotalBlocks}
	if p.Sampling.HasTotals() {
		total = [2]uint64{p.Sampling.ExactBytes, p.Sampling.ExactBlocks}
	}
	hasLive := p.Columns.Has(live)
	if hasLive {
		one("heapprof_live_bytes", "bytes", "gauge", "Bytes of blocks that live"+estimate+".", t.EndBytes)
		blocks("heapprof_live_blocks", "gauge", "Blocks that live"+estimate+".", t.EndBlocks)
	}
	what := countedOf(p)
	if hasTotals || p.Sampling.HasTotals() {
		one("heapprof_"+what.amount, unitOf(what.amount), "counter", what.amountIs+" since the recording began.", total[0])
		blocks("heapprof_"+what.blocks, "counter", what.blocksAre+" since the recording began.", total[1])
	}
	if hasLive && hasTotals {
		one("heapprof_freed_bytes", "bytes", "counter", "Bytes of recorded blocks that were freed"+estimate+".", less(t.TotalBytes, t.EndBytes))
		blocks("heapprof_freed_blocks", "counter", "Recorded blocks that were freed"+estimate+".", less(t.TotalBlocks, t.EndBlocks))
	}
	if p.Columns.Has(profile.Peak) {
		one("heapprof_peak_bytes", "bytes", "gauge", "Bytes that lived when most did"+estimate+".", t.PeakBytes)
		blocks("heapprof_peak_blocks", "gauge", "Blocks that lived when most bytes did"+estimate+".", t.PeakBlocks)
	}
	if n := len(p.Timeline); n > 0 && p.Timeline[n-1].RSS > 0 {
		one("heapprof_resident_bytes", "bytes", "gauge", "Resident memory of the process.", p.Timeline[n-1].RSS)
	}
	if p.Recording != nil {
		one("heapprof_lost_calls", "", "counter", "Calls of allocators that were not recorded.", p.Recording.Counts.LostEvents)
		one("heapprof_unknown_frees", "", "counter", "Frees of blocks that were not seen being allocated.", p.Recording.Counts.UnknownFrees)
	}
	if p.Recording != nil && p.Recording.Attached != nil {
		a := p.Recording.Attached
		one("heapprof_earlier_frees", "", "counter", "Frees of blocks from before the recording, which are in no other number.", a.FreedBefore)
		one("heapprof_earlier_resizes", "", "counter", "Blocks from before the recording that were resized, and count as new since then.", a.ResizedBefore)
		if n := a.Pauses.Count; n > 0 {
			one("heapprof_pauses", "", "counter", "How often all threads of the process were made to stand still.", n)
			seconds := fmt.Sprint(float64(a.Pauses.Longest) / 1e6)
			all = append(all, family{"heapprof_pause_longest_seconds", "seconds", "gauge", "The longest that they stood still.", []labelled{{nil, seconds}}})
		}
	}
	running := uint64(0)
	if s.options.Source.State() == Live {
		running = 1
	}
	one("heapprof_recording_live", "", "gauge", "1 while the program is recorded; 0 when it has ended or is not recorded any more, and of a file.", running)
	all = append(all, family{"heapprof_recording", "", "info", "What is recorded, and by what.", []labelled{{s.options.Info(p), "1"}}})
	return append(all, siteFamilies(p, sites, estimate)...)
}

// siteFamilies returns what is told of sites: what lives, or lived at the peak where nothing is known of another moment, and what was allocated.
func siteFamilies(p *profile.Profile, sites []Site, estimate string) (all families) {
	hasBlocks := !p.Columns.Has(profile.NoBlocks)
	add := func(name, kind, help string, value func(*Site) uint64) {
		all = append(all, siteFamily(sites, name, kind, help+estimate+".", value))
	}
	addBlocks := func(name, kind, help string, value func(*Site) uint64) {
		if hasBlocks {
			add(name, kind, help, value)
		}
	}
	if p.Columns.Has(profile.End) {
		add("heapprof_site_live_bytes", "gauge", "Bytes that live of the sites with most of them", func(s *Site) uint64 { return s.LiveBytes })
		addBlocks("heapprof_site_live_blocks", "gauge", "Blocks that live of the same sites", func(s *Site) uint64 { return s.LiveBlocks })
	} else if p.Columns.Has(profile.Peak) {
		add("heapprof_site_peak_bytes", "gauge", "Bytes of the sites when most lived", func(s *Site) uint64 { return s.PeakBytes })
		addBlocks("heapprof_site_peak_blocks", "gauge", "Blocks of the same sites when most bytes lived", func(s *Site) uint64 { return s.PeakBlocks })
	}
	if !p.Columns.Has(profile.NoTotals) {
		what := countedOf(p)
		const since = " at the same sites since the recording began"
		add("heapprof_site_"+what.amount, "counter", what.amountIs+since, func(s *Site) uint64 { return s.TotalBytes })
		addBlocks("heapprof_site_"+what.blocks, "counter", what.blocksAre+since, func(s *Site) uint64 { return s.TotalBlocks })
	}
	return all
}

// siteFamily returns a metric of sites. Those of the same labels are one: names may have been cut. What all others have
// together is no counter: it falls where one of them gets a metric of its own.
func siteFamily(sites []Site, name, kind, help string, value func(*Site) uint64) family {
	f := family{name: name, unit: unitOf(name), kind: kind, help: help}
	sums := map[[3]string]uint64{}
	var order [][3]string
	for i := range sites {
		s := &sites[i]
		key := [3]string{s.Function, s.Where, s.Type}
		if s.Function == "" {
			if kind == "counter" {
				continue
			}
			key[0] = otherSites
		}
		if _, known := sums[key]; !known {
			order = append(order, key)
		}
		sums[key] += value(s)
	}
	for _, key := range order {
		f.values = append(f.values, labelled{[]Label{{"site", key[0]}, {"where", key[1]}, {"type", key[2]}}, fmt.Sprint(sums[key])})
	}
	return f
}

// unitOf returns the unit with which the name of a metric ends.
func unitOf(name string) string { return name[strings.LastIndex(name, "_")+1:] }

// less returns a - b, and 0 where that is below it: what lives of sampled blocks is an estimate.
func less(a, b uint64) uint64 { return a - min(a, b) }

// write writes the metrics in Prometheus' text format, or in that of OpenMetrics.
func (all families) write(w io.Writer, open bool) {
	for _, f := range all {
		if len(f.values) == 0 {
			continue
		}
		name := f.name
		switch f.kind {
		case "counter":
			name += "_total"
		case "info":
			name += "_info"
		}
		declared, kind := name, f.kind
		if open {
			declared = f.name
		} else if kind == "info" {
			kind = "gauge"
		}
		fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", declared, escapeHelp(f.help), declared, kind)
		if open && f.unit != "" {
			fmt.Fprintf(w, "# UNIT %s %s\n", declared, f.unit)
		}
		for _, v := range f.values {
			fmt.Fprintf(w, "%s%s %s\n", name, labelText(v.labels), v.value)
		}
	}
	if open {
		io.WriteString(w, "# EOF\n")
	}
}

// labelText returns labels between braces, without those that are empty, which stand for none.
func labelText(labels []Label) string {
	var b strings.Builder
	for _, l := range labels {
		if l.Value != "" {
			fmt.Fprintf(&b, `%c%s="%s"`, ",{"[map[bool]int{true: 1}[b.Len() == 0]], l.Name, escapeLabel(l.Value))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return b.String() + "}"
}

func escapeHelp(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(text)
}

func escapeLabel(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(strings.ToValidUTF8(text, "\uFFFD"))
}
