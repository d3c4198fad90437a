package serve

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
)

// data is what a page shows.
type data struct {
	page    *page.Page
	encoded []byte // JSON, compressed by gzip
}

// pageAge is how old the tables of a page become before they are made anew, if that costs little.
const pageAge = 2 * time.Second

// pageOf returns the data of a page, and which of all it is. The indices in it mean what they meant in the one before.
func (s *Server) pageOf(ctx context.Context) (*data, uint64, error) {
	state := s.options.Source.State()
	return s.pages.get(ctx, pageAge, s.options.Now, state, func() (*data, error) {
		p, err := s.options.Source.Profile()
		if err != nil {
			return nil, err
		}
		made, encoded, err := s.options.Forms.Page(p)
		if err != nil {
			return nil, err
		}
		if state == File {
			return &data{made, encoded}, nil
		}
		var before *page.Page
		if last := s.pages.value; last != nil { // this is its turn
			before = last.page
		}
		encoded, err = page.Follow(before, made)
		return &data{made, encoded}, err
	})
}

// document answers with the page.
func (s *Server) document(w http.ResponseWriter, r *http.Request) {
	d, _, err := s.pageOf(r.Context())
	if err != nil {
		s.failed(w, "the page", err)
		return
	}
	var b bytes.Buffer
	policy, err := s.options.Forms.Document(&b, d.page, d.encoded, s.options.Source.State() != File)
	if err != nil {
		s.failed(w, "the page", err)
		return
	}
	w.Header().Set("Content-Security-Policy", policy+"; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.Bytes())
}

// pageData answers with the data of the page, where they are others than those that whoever asks has.
func (s *Server) pageData(w http.ResponseWriter, r *http.Request) {
	d, count, err := s.pageOf(r.Context())
	if err != nil {
		s.failed(w, "the page", err)
		return
	}
	tag := fmt.Sprintf(`"%s.%d"`, d.page.Numbers, count)
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache, private")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(d.encoded)
		return
	}
	z, err := gzip.NewReader(bytes.NewReader(d.encoded))
	if err == nil {
		_, err = io.Copy(w, z)
	}
	if err != nil {
		s.options.Error("the page", err)
	}
}

// moment is what changes from second to second.
type moment struct {
	State    State             `json:"state"`
	Control  bool              `json:"control"` // there is something to be changed
	Time     uint64            `json:"time"`    // in the profile's units
	PeakTime uint64            `json:"peakTime"`
	Totals   map[string]uint64 `json:"totals"` // by the names of metrics
	Timeline page.Timeline     `json:"timeline"`
}

// now answers with the timeline and the sums of this moment.
func (s *Server) now(w http.ResponseWriter, r *http.Request) {
	p, _, err := s.look(r.Context(), lookAge)
	if err != nil {
		s.failed(w, "the numbers", err)
		return
	}
	t := p.Totals()
	m := moment{
		State: s.options.Source.State(), Control: s.options.Control != nil, Time: p.EndTime, PeakTime: p.PeakTime, Timeline: page.TimelineOf(p),
		Totals: map[string]uint64{
			"end-bytes": t.EndBytes, "end-blocks": t.EndBlocks, "peak-bytes": t.PeakBytes, "peak-blocks": t.PeakBlocks,
			"total-bytes": t.TotalBytes, "total-blocks": t.TotalBlocks,
		},
	}
	if p.Columns.Has(profile.Temporary) {
		m.Totals["temporary-blocks"] = t.Rest().TemporaryBlocks
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(m)
}

// file answers with the whole profile, as heapprof keeps it.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	p, _, err := s.profiles.get(r.Context(), lookAge, s.options.Now, s.options.Source.State(), s.options.Source.Profile)
	if err != nil {
		s.failed(w, "the profile", err)
		return
	}
	var b bytes.Buffer
	if err := s.options.Forms.File(&b, p); err != nil {
		s.failed(w, "the profile", err)
		return
	}
	attach(w, s.options.Name(p)+".json.gz")
	w.Write(b.Bytes())
}

// mostMark is how many bytes a mark's name has at most.
const mostMark = 255

// mark names this moment.
func (s *Server) mark(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	name := r.PostFormValue("name")
	if len(name) > mostMark {
		http.Error(w, fmt.Sprintf("heapprof: a mark's name has at most %d bytes", mostMark), http.StatusBadRequest)
		return
	}
	name, err := s.options.Control.Mark(name)
	if err != nil {
		http.Error(w, "heapprof: "+err.Error(), http.StatusConflict)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(struct {
		Name string `json:"name"`
	}{name})
}

// stop ends the recording.
func (s *Server) stop(w http.ResponseWriter, r *http.Request) {
	s.options.Control.Stop()
	w.WriteHeader(http.StatusNoContent)
}
