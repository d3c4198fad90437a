package web

import (
	"io"
	"strconv"
	"time"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/html"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/page"
	"heapprof/internal/report/pprof"
	"heapprof/internal/report/view"
	"heapprof/internal/serve"
)

// ServeForms makes of a profile what is answered.
type ServeForms struct {
	Streams *console.Streams
	Page    HTMLOptions                   // how the page is made: without inputs and output
	Sites   int                           // of metrics
	Name    func(*profile.Profile) string // what its file is called
	From    serve.Source
}

// Options returns what is served of the source.
func (f *ServeForms) Options(control serve.Control) serve.Options {
	return serve.Options{
		Source: f.From, Control: control, Sites: f.Sites, Info: infoOf, Name: func(p *profile.Profile) string { return opening.PageStem(f.Name(p)) },
		Forms: serve.Forms{Page: f.pageOf, Document: f.document, PProf: f.pprof, Delta: f.delta, Sites: f.sitesOf, File: f.file},
		Error: func(what string, err error) { f.Streams.Say("%s could not be served: %s", what, err) },
	}
}

// infoOf returns what metrics tell of a recording that does not change.
func infoOf(p *profile.Profile) []serve.Label {
	labels := []serve.Label{{Name: "program", Value: wording.ProgramName(p)}, {Name: "version", Value: console.VersionLine()}}
	if p.PID != 0 {
		labels = append(labels, serve.Label{Name: "pid", Value: strconv.FormatInt(p.PID, 10)})
	}
	if r := p.Recording; r != nil && r.Host != "" {
		labels = append(labels, serve.Label{Name: "host", Value: names.Printable(r.Host)})
	}
	if !p.Sampling.IsExact() {
		labels = append(labels, serve.Label{Name: "sample_bytes", Value: strconv.FormatUint(p.Sampling.MeanBytes, 10)})
	}
	return labels
}

func (f *ServeForms) source(p *profile.Profile) *view.Source {
	return opening.NewSource(p, f.Name(p), f.Page.Rules)
}

func (f *ServeForms) pageOf(p *profile.Profile) (*page.Page, []byte, error) {
	o := f.Page
	o.inputs = []reports.MomentInput{{File: f.Name(p), Name: f.Name(p)}}
	o.state = f.From.State()
	made, data, err := o.build([]*view.Source{f.source(p)})
	return made, data, console.WithoutStatus(err)
}

func (f *ServeForms) document(w io.Writer, p *page.Page, data []byte, live bool) (string, error) {
	return html.Write(w, html.Options{Title: p.Sides[0].Program + " – heapprof", Data: data, Live: live})
}

func (f *ServeForms) pprof(w io.Writer, p *profile.Profile, form serve.PProfForm) error {
	file, err := f.pprofFile(p, form)
	if err != nil {
		return err
	}
	return file.Write(w)
}

// pprofFile returns a profile for pprof. Of what changes it is of its moment, of a file of the run.
func (f *ServeForms) pprofFile(p *profile.Profile, form serve.PProfForm) (*pprof.File, error) {
	o := pprof.Options{Allocated: form.Allocs, NoLabels: !form.Labels, Sites: true}
	if unit, known := human.TimeUnit(p.Units.Time); known && f.From.State() != serve.File && p.Recording != nil {
		o.At = p.Recording.Start.Add(time.Duration(p.EndTime) * unit)
	}
	return pprof.New(f.source(p), o)
}

func (f *ServeForms) delta(w io.Writer, before, after *profile.Profile, form serve.PProfForm) error {
	b, err := f.pprofFile(before, form)
	if err != nil {
		return err
	}
	a, err := f.pprofFile(after, form)
	if err != nil {
		return err
	}
	return pprof.WriteDelta(w, b, a)
}

func (f *ServeForms) file(w io.Writer, p *profile.Profile) error {
	return format.Write(w, ".gz", p)
}

// mostLabel is how many columns a label of a metric has at most.
const mostLabel = 200

// sitesOf returns the sites that have most live, or of a profile that does not tell that have allocated most, or had most at the peak where it tells
// no more.
func (f *ServeForms) sitesOf(p *profile.Profile, n int) ([]serve.Site, error) {
	by := view.DefaultMetric(p)
	if view.EndBytes.Has(p) {
		by = view.EndBytes
	} else if view.TotalBytes.Has(p) {
		by = view.TotalBytes
	}
	r, err := view.NewReport(f.source(p), view.Options{Metric: &by, Top: n})
	if err != nil {
		return nil, err
	}
	var all []serve.Site
	for _, row := range r.Rows {
		site := serve.Site{
			LiveBytes: row.Sums.Get(view.EndBytes), LiveBlocks: row.Sums.Get(view.EndBlocks),
			TotalBytes: row.Sums.Get(view.TotalBytes), TotalBlocks: row.Sums.Get(view.TotalBlocks),
			PeakBytes: row.Sums.Get(view.PeakBytes), PeakBlocks: row.Sums.Get(view.PeakBlocks),
		}
		if row.Kind == view.Entry {
			site.Function, site.Where, site.Type = metricLabel(row.Site.Label), metricLabel(row.Site.Place), metricLabel(row.Type.Name)
		}
		all = append(all, site)
	}
	return all, nil
}

// metricLabel returns a name as a label of a metric has it.
func metricLabel(name string) string { return names.CutMiddle(names.Printable(name), mostLabel) }
