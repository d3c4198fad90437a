package serve

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
)

const testToken = "TESTTOKENTESTTOKEN26"

// pretended is a recording whose time goes on by itself when it is looked at.
type pretended struct {
	mu       sync.Mutex
	state    State
	looks    int
	profiles int
	marks    []string
	stopped  int
	err      error
}

func (p *pretended) Look() (*profile.Profile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.looks++
	return p.make(p.looks), p.err
}

func (p *pretended) Profile() (*profile.Profile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.profiles++
	return p.make(p.profiles), p.err
}

func (p *pretended) make(n int) *profile.Profile {
	return &profile.Profile{
		Columns: profile.Peak | profile.End, EndTime: uint64(n) * 1e6,
		Points:    []profile.Point{{TotalBytes: uint64(100 * n), TotalBlocks: uint64(n), EndBytes: 100, EndBlocks: 1, PeakBytes: 100, PeakBlocks: 1}},
		Timeline:  []profile.Reading{{Time: 1, Bytes: 5, Blocks: 1, RSS: 4096}, {Time: uint64(n) * 1e6, Bytes: 100, Blocks: 1, RSS: 8192}},
		Recording: &profile.Recording{},
	}
}

func (p *pretended) State() State { return p.state }

func (p *pretended) Mark(name string) (string, error) {
	p.marks = append(p.marks, name)
	return name + "-2", p.err
}

func (p *pretended) Stop() { p.stopped++ }

// server returns a server of a pretended recording, and that. change changes its options.
func server(change func(*Options)) (*Server, *pretended) {
	from := &pretended{state: Live}
	o := Options{Source: from, Control: from, Token: testToken, Hosts: []string{"box.example"}, Sites: 2}
	o.Name = func(*profile.Profile) string { return "prog" }
	o.Info = func(*profile.Profile) []Label { return []Label{{"program", `a"b\c` + "\n"}} }
	o.Forms = Forms{
		Page: func(p *profile.Profile) (*page.Page, []byte, error) {
			made := &page.Page{Sides: []page.Side{{EndTime: p.EndTime}}}
			data, err := page.Follow(nil, made)
			return made, data, err
		},
		Document: func(w io.Writer, p *page.Page, data []byte, live bool) (string, error) {
			fmt.Fprintf(w, "the page, live: %v", live)
			return "default-src 'none'", nil
		},
		PProf: func(w io.Writer, p *profile.Profile, form PProfForm) error {
			_, err := fmt.Fprintf(w, "pprof at %d, %+v", p.EndTime, form)
			return err
		},
		Delta: func(w io.Writer, before, after *profile.Profile, form PProfForm) error {
			_, err := fmt.Fprintf(w, "delta from %d to %d", before.EndTime, after.EndTime)
			return err
		},
		File: func(w io.Writer, p *profile.Profile) error {
			_, err := io.WriteString(w, "the file")
			return err
		},
		Sites: func(p *profile.Profile, n int) ([]Site, error) {
			return []Site{{Function: "f", Where: "f.c:1", LiveBytes: 60, LiveBlocks: 1, TotalBytes: 60}, {Function: "f", Where: "f.c:1", LiveBytes: 1}, {LiveBytes: 39}}, nil
		},
	}
	if change != nil {
		change(&o)
	}
	return New(o), from
}

// asked answers a request, changed by change.
func asked(s http.Handler, method, path string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:7070"+path, nil)
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func headers(pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
	}
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
