package serve

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"heapprof/internal/profile"
)

// lookAge is for how long what was looked at is taken for this moment.
const lookAge = 900 * time.Millisecond

// look returns the numbers of this moment, or of one that is no older than age, and which of all looks it is.
func (s *Server) look(ctx context.Context, age time.Duration) (*profile.Profile, uint64, error) {
	return s.looks.get(ctx, age, s.options.Now, s.options.Source.State(), s.options.Source.Look)
}

// mostSeconds is the longest that a difference may be of.
const mostSeconds = 600

// pprof answers as net/http/pprof of Go does: the heap as it is, or with ?seconds=N what has changed after as many. Both
// names have the same samples, of which pprof shows live memory first, or with allocs all that was allocated. With
// ?labels=1 samples have the types of their blocks.
func (s *Server) pprof(w http.ResponseWriter, r *http.Request, allocs bool) {
	query := r.URL.Query()
	form := PProfForm{Allocs: allocs, Labels: query.Get("labels") == "1"}
	if query.Get("debug") != "" && query.Get("debug") != "0" {
		http.Error(w, "heapprof: only debug=0 is answered, pprof's own form: go tool pprof -top shows it as text", http.StatusBadRequest)
		return
	}
	if text := query.Get("seconds"); text != "" {
		seconds, err := strconv.Atoi(text)
		switch {
		case err != nil || seconds <= 0 || seconds > mostSeconds:
			http.Error(w, fmt.Sprintf("heapprof: seconds is a whole number from 1 to %d", mostSeconds), http.StatusBadRequest)
		case s.options.Source.State() != Live:
			http.Error(w, "heapprof: nothing changes here any more: leave out seconds", http.StatusBadRequest)
		default:
			s.delta(w, r, form, time.Duration(seconds)*time.Second)
		}
		return
	}
	b, _, err := s.pprofs[form].get(r.Context(), lookAge, s.options.Now, s.options.Source.State(), func() ([]byte, error) {
		p, _, err := s.look(r.Context(), lookAge)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err = s.options.Forms.PProf(&b, p, form)
		return b.Bytes(), err
	})
	if err != nil {
		s.failed(w, "the profile", err)
		return
	}
	attach(w, pprofNames[allocs])
	w.Write(b)
}

var pprofNames = map[bool]string{false: "heap", true: "allocs"}

// delta answers with what has changed after a while.
func (s *Server) delta(w http.ResponseWriter, r *http.Request, form PProfForm, after time.Duration) {
	select {
	case s.deltas <- struct{}{}:
		defer func() { <-s.deltas }()
	default:
		w.Header().Set("Retry-After", "10")
		refuse(w, http.StatusServiceUnavailable)
		return
	}
	// The request was read long ago, and the answer may take as long as any other from then on.
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(after + writeTime))
	before, _, err := s.look(r.Context(), atOnce)
	if err != nil {
		s.failed(w, "the profile", err)
		return
	}
	select {
	case <-r.Context().Done():
		return
	case <-s.options.Wait(after):
	}
	var b bytes.Buffer
	later, _, err := s.look(r.Context(), atOnce)
	if err == nil && later.PID != before.PID {
		http.Error(w, "heapprof: meanwhile another process has become the one that is looked at", http.StatusConflict)
		return
	}
	if err == nil {
		err = s.options.Forms.Delta(&b, before, later, form)
	}
	if err != nil {
		s.failed(w, "the difference of two profiles", err)
		return
	}
	attach(w, pprofNames[form.Allocs]+"-delta")
	w.Write(b.Bytes())
}

// attach says that what follows is a file to be kept, as Go's own server does.
func attach(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, name))
}

// pprofIndex lists the profiles that there are.
func (s *Server) pprofIndex(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, "heap    what lives, and what was allocated so far\nallocs  the same, with what was allocated first\n\n?seconds=N  what changes in so many seconds\n?labels=1   with the types of blocks as labels\n")
}
