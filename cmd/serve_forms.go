package cmd

import (
	"io"
	"strconv"
	"time"

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

// serveForms makes of a profile what is answered.
type serveForms struct {
	streams *Streams
	page    htmlOptions                   // how the page is made: without inputs and output
	sites   int                           // of metrics
	name    func(*profile.Profile) string // what its file is called
	from    serve.Source
}

// options returns what is served of the source.
func (f *serveForms) options(control serve.Control) serve.Options {
	return serve.Options{
		Source: f.from, Control: control, Sites: f.sites, Info: infoOf, Name: func(p *profile.Profile) string { return pageStem(f.name(p)) },
		Forms: serve.Forms{Page: f.pageOf, Document: f.document, PProf: f.pprof, Delta: f.delta, Sites: f.sitesOf, File: f.file},
		Error: func(what string, err error) { f.streams.say("%s could not be served: %s", what, err) },
	}
}

// infoOf returns what metrics tell of a recording that does not change.
func infoOf(p *profile.Profile) []serve.Label {
	labels := []serve.Label{{Name: "program", Value: programName(p)}, {Name: "version", Value: versionLine()}}
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

func (f *serveForms) source(p *profile.Profile) *view.Source {
	return newSource(p, f.name(p), f.page.rules)
}

func (f *serveForms) pageOf(p *profile.Profile) (*page.Page, []byte, error) {
	o := f.page
	o.inputs = []momentInput{{file: f.name(p), name: f.name(p)}}
	o.state = f.from.State()
	made, data, err := o.build([]*view.Source{f.source(p)})
	return made, data, withoutStatus(err)
}

func (f *serveForms) document(w io.Writer, p *page.Page, data []byte, live bool) (string, error) {
	return html.Write(w, html.Options{Title: p.Sides[0].Program + " – heapprof", Data: data, Live: live})
}

func (f *serveForms) pprof(w io.Writer, p *profile.Profile, form serve.PProfForm) error {
	file, err := f.pprofFile(p, form)
	if err != nil {
		return err
	}
	return file.Write(w)
}

// pprofFile returns a profile for pprof. Of what changes it is of its moment, of a file of the run.
func (f *serveForms) pprofFile(p *profile.Profile, form serve.PProfForm) (*pprof.File, error) {
	o := pprof.Options{Allocated: form.Allocs, NoLabels: !form.Labels, Sites: true}
	if unit, known := human.TimeUnit(p.Units.Time); known && f.from.State() != serve.File && p.Recording != nil {
		o.At = p.Recording.Start.Add(time.Duration(p.EndTime) * unit)
	}
	return pprof.New(f.source(p), o)
}

func (f *serveForms) delta(w io.Writer, before, after *profile.Profile, form serve.PProfForm) error {
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

func (f *serveForms) file(w io.Writer, p *profile.Profile) error {
	return format.Write(w, ".gz", p)
}

// mostLabel is how many columns a label of a metric has at most.
const mostLabel = 200

// sites returns the sites that have most live, or of a profile that does not tell that have allocated most.
func (f *serveForms) sitesOf(p *profile.Profile, n int) ([]serve.Site, error) {
	by := view.TotalBytes
	if view.EndBytes.Has(p) {
		by = view.EndBytes
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
