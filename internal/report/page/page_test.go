package page_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// sourcesOf returns profiles to be shown.
func sourcesOf(profiles ...*profile.Profile) (sources []*view.Source) {
	for _, p := range profiles {
		sources = append(sources, view.NewSource(p))
	}
	return sources
}

// build returns the page of profiles as a browser reads it.
func build(t testing.TB, o page.Options, sources ...*view.Source) *page.Page {
	t.Helper()
	_, data, err := page.Build(sources, o)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, data)
}

func decode(t testing.TB, data []byte) *page.Page {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if i := bytes.Index(text, []byte(":null")); i >= 0 {
		t.Errorf("a browser gets null for a list: %s", text[max(i-50, 0):i+4])
	}
	var p page.Page
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return &p
}

// profiles are of all kinds.
func profiles() map[string]*profile.Profile {
	all := map[string]*profile.Profile{
		"sample": reporttest.Sample(), "facts": reporttest.WithFacts(), "typed": reporttest.Typed(), "sampled": reporttest.Sampled(), "arenas": reporttest.Arenas(),
		"found": reporttest.Found(), "held": reporttest.Held(), "drawn": reporttest.Drawn(), "others": reporttest.DrawnByOthers(), "namesakes": reporttest.Namesakes(),
		"deep": reporttest.Deep(200), "nothing": {Columns: profile.Lives},
	}
	all["held"].FindLost()
	for seed := range uint64(3) {
		all[fmt.Sprint("random ", seed)] = reporttest.Random(seed)
	}
	return all
}

// limits are of pages that have all, and of pages that have next to nothing.
var limits = []int{0, 6_000, 4_000, 1}

// sums has the values of some records, added up by what a key says of each.
type sums map[string][]uint64

func (s sums) add(key string, values ...uint64) {
	if s[key] == nil {
		s[key] = make([]uint64, len(values))
	}
	for i, v := range values {
		s[key][i] += v
	}
}

// recordSums adds up the records of a page.
func recordSums(p *page.Page, key func(record int) string) sums {
	s := sums{}
	for i := range p.Records.Node {
		var values []uint64
		for _, column := range p.Records.Values {
			values = append(values, column[i])
		}
		s.add(key(i), values...)
	}
	return s
}

// metricSums returns what a page's metrics are in the sums of a view.
func metricSums(t testing.TB, p *page.Page, all ...*view.Sums) (values []uint64) {
	t.Helper()
	for _, s := range all {
		for _, m := range p.Metrics {
			metric, err := view.ParseMetric(m.Name)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, s.Get(metric))
		}
	}
	return values
}

// typeOf and siteTypeOf name the type of a record by itself, and that of its row in a table by site.
func typeOf(p *page.Page, record int) string { return typeName(p, p.Records.Type[record]) }

func siteTypeOf(p *page.Page, record int) string {
	if p.Records.SiteType == nil {
		return typeOf(p, record)
	}
	return typeName(p, p.Records.SiteType[record])
}

func typeName(p *page.Page, typ int32) string {
	switch {
	case typ == -2:
		return "several"
	case typ < 0:
		return view.NoTypeKnown
	}
	return p.Types.Name[typ]
}

// compare says where sums are not as they should be.
func (s sums) compare(t *testing.T, want sums) {
	t.Helper()
	for key, values := range want {
		if !slices.Equal(s[key], values) && slices.Max(values) > 0 {
			t.Errorf("%s: %v, want %v", key, s[key], values)
		}
	}
	for key := range s {
		if want[key] == nil {
			t.Errorf("%s: %v, and there is none", key, s[key])
		}
	}
}

func TestAPageHasTheTotalsOfItsProfile(t *testing.T) {
	for name, p := range profiles() {
		total, err := view.Total(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, limit := range limits {
			got := build(t, page.Options{Limit: limit}, view.NewSource(p))
			want := metricSums(t, got, &total)
			if all := recordSums(got, func(int) string { return "" })[""]; len(p.Points) > 0 && !slices.Equal(all, want) {
				t.Errorf("%s within %d bytes: records add up to %v, want %v", name, limit, all, want)
			}
			if !slices.Equal(got.Sides[0].Totals, want) {
				t.Errorf("%s: totals are %v, want %v", name, got.Sides[0].Totals, want)
			}
		}
	}
}

func TestAPageBySiteIsTheReport(t *testing.T) {
	for name, p := range profiles() {
		t.Run(name, func(t *testing.T) {
			s := view.NewSource(p)
			got := build(t, page.Options{}, s)
			report, err := view.NewReport(s, view.Options{Metric: new(view.Metric)})
			if err != nil {
				t.Fatal(err)
			}
			want := sums{}
			for _, r := range report.Rows {
				want.add(rowName(r.Site.Label, r.Site.File, r.Type.Name), metricSums(t, got, &r.Sums)...)
			}
			recordSums(got, func(i int) string {
				f := got.Places.Function[got.Records.Place[i]]
				return rowName(got.Functions.Name[f], fileOf(got, f), siteTypeOf(got, i))
			}).compare(t, want)
		})
	}
}

func rowName(label, file, typ string) string {
	if typ == "" {
		typ = view.NoTypeKnown
	}
	return strings.Join([]string{label, file, typ}, " | ")
}

func fileOf(p *page.Page, function int32) string {
	if i := p.Functions.File[function]; i >= 0 {
		return p.Files[i]
	}
	return ""
}

func TestTheSitesThatASmallPageHasAreWhole(t *testing.T) {
	for name, p := range profiles() {
		t.Run(name, func(t *testing.T) {
			s := view.NewSource(p)
			groups, err := view.Sites(s, func(_, _ *view.Sums) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			for _, limit := range limits {
				got := build(t, page.Options{Limit: limit}, s)
				all := recordSums(got, func(i int) string {
					place := got.Records.Place[i]
					if place < 0 {
						return "several"
					}
					return rowName(got.Functions.Name[got.Places.Function[place]], got.Places.Where[place], siteTypeOf(got, i))
				})
				delete(all, "several")
				for key := range all {
					if strings.HasSuffix(key, "| several") {
						delete(all, key)
					}
				}
				want := sums{}
				for _, g := range groups {
					if key := rowName(g.Site.Label, g.Site.Place, g.Type.Name); all[key] != nil {
						want.add(key, metricSums(t, got, &g.Sums)...)
					}
				}
				all.compare(t, want)
			}
		})
	}
}

func TestAPageByTypeIsTheReport(t *testing.T) {
	for name, p := range profiles() {
		t.Run(name, func(t *testing.T) {
			s := view.NewSource(p)
			report, err := view.NewReport(s, view.Options{Metric: new(view.Metric), By: view.ByType})
			if err != nil {
				t.Fatal(err)
			}
			for _, limit := range limits {
				got := build(t, page.Options{Limit: limit}, s)
				all := recordSums(got, func(i int) string { return typeOf(got, i) })
				delete(all, "several")
				want := sums{}
				for _, r := range report.Rows {
					if all[r.Site.Label] != nil || limit == 0 {
						want.add(r.Site.Label, metricSums(t, got, &r.Sums)...)
					}
				}
				all.compare(t, want)
			}
		})
	}
}
