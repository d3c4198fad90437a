// Package serve answers by HTTP what browsers, go tool pprof, Prometheus and the profilers of fleets ask of a recording
// that is under way, or of a file. It imports the profile and page; what a profile is made into, and all words, come
// with Options.
package serve

import (
	"io"
	"net/http"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
)

// Source is what is served. Its methods may be called by several goroutines.
type Source interface {
	// Look returns what is known of this moment without a walk over all live blocks.
	Look() (*profile.Profile, error)

	// Profile returns all that is known of this moment.
	Profile() (*profile.Profile, error)

	// State tells what becomes of the numbers. From Live it may become Ended or Detached, and then nothing else.
	State() State
}

// State is what becomes of the numbers of a Source.
type State string

// The states of a Source.
const (
	File     State = "file"     // they are of a file
	Live     State = "live"     // they change: the program is recorded
	Ended    State = "ended"    // the program has ended
	Detached State = "detached" // the program runs on, and is not recorded any more
)

// Control is what of a recording can be changed from a page.
type Control interface {
	// Mark names this moment, and returns the name that it has got.
	Mark(name string) (string, error)

	// Stop ends the recording. The program runs on.
	Stop()
}

// Forms make of a profile what is answered.
type Forms struct {
	// Page returns the data of a page as page.Build does.
	Page func(*profile.Profile) (*page.Page, []byte, error)

	// Document writes the page itself, with its data in it. It may ask for more at the addresses below its own where live
	// says so. Its Content-Security-Policy is returned.
	Document func(w io.Writer, p *page.Page, data []byte, live bool) (policy string, err error)

	// PProf writes a profile as go tool pprof reads it, Delta the difference of an earlier and a later one.
	PProf func(w io.Writer, p *profile.Profile, form PProfForm) error
	Delta func(w io.Writer, before, after *profile.Profile, form PProfForm) error

	// File writes a profile as heapprof keeps it, compressed by gzip.
	File func(w io.Writer, p *profile.Profile) error

	// Sites returns the n sites that have most live, and what all others have together.
	Sites func(p *profile.Profile, n int) ([]Site, error)
}

// PProfForm is what of a profile pprof is told.
type PProfForm struct {
	Allocs bool // what was allocated is shown first, and else what lives
	Labels bool // samples have the types of their blocks as labels: servers of profiles make a series of each
}

// Options are what is served, to whom, and how.
type Options struct {
	Source  Source
	Control Control // nil: nothing can be changed
	Forms   Forms

	Token string   // without it nothing is answered; at least MinToken letters
	Hosts []string // names, besides addresses and localhost, under which browsers may ask

	Info  func(*profile.Profile) []Label // of metrics: who and what is recorded
	Sites int                            // of metrics: how many sites

	Name  func(*profile.Profile) string        // of files that are saved: without a suffix
	Error func(what string, err error)         // is told what went wrong here, and not with a request; nil: nobody
	Now   func() time.Time                     // nil: time.Now
	Wait  func(time.Duration) <-chan time.Time // nil: time.After
}

// Server answers requests. It is an http.Handler.
type Server struct {
	options Options
	guard   guard
	paths   map[string]path
	busy    chan struct{} // has room for the requests that are answered at once
	deltas  chan struct{} // likewise for those that wait

	looks    made[*profile.Profile]
	profiles made[*profile.Profile]
	pages    made[*data]
	pprofs   map[PProfForm]*made[[]byte]
	metrics  made[[]Site]
}

// path is one address.
type path struct {
	answer func(*Server, http.ResponseWriter, *http.Request)
	posted bool // it is asked by POST, since it changes something
}

// paths are all addresses, below the token's.
var paths = map[string]path{
	"":                   {answer: (*Server).document},
	"now.json":           {answer: (*Server).now},
	"page.json":          {answer: (*Server).pageData},
	"heapprof.json.gz":   {answer: (*Server).file},
	"metrics":            {answer: (*Server).exposition},
	"debug/pprof/":       {answer: (*Server).pprofIndex},
	"debug/pprof/heap":   {answer: func(s *Server, w http.ResponseWriter, r *http.Request) { s.pprof(w, r, false) }},
	"debug/pprof/allocs": {answer: func(s *Server, w http.ResponseWriter, r *http.Request) { s.pprof(w, r, true) }},
	"mark":               {answer: (*Server).mark, posted: true},
	"stop":               {answer: (*Server).stop, posted: true},
}

const (
	mostRequests = 32 // that are answered at once
	mostDeltas   = 4  // of those that wait between two profiles, and keep the first meanwhile
)

// New returns a Server.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = time.After
	}
	if o.Error == nil {
		o.Error = func(string, error) {}
	}
	pprofs := make(map[PProfForm]*made[[]byte])
	for _, form := range []PProfForm{{}, {Allocs: true}, {Labels: true}, {Allocs: true, Labels: true}} {
		one := newMade[[]byte]()
		pprofs[form] = &one
	}
	return &Server{
		options: o, guard: newGuard(o.Token, o.Hosts), paths: paths,
		busy: make(chan struct{}, mostRequests), deltas: make(chan struct{}, mostDeltas),
		looks: newMade[*profile.Profile](), profiles: newMade[*profile.Profile](), pages: newMade[*data](), pprofs: pprofs, metrics: newMade[[]Site](),
	}
}

// HTTP returns what serves s, with limits of time for whoever asks slowly.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler: s, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: writeTime, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: quiet(),
	}
}

// writeTime is how long an answer may take, from the end of the request until all has been sent.
const writeTime = 2 * time.Minute

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	asked, status := s.guard.admit(r)
	if status != 0 {
		refuse(w, status)
		return
	}
	if asked == noSlash {
		http.Redirect(w, r, r.URL.Path+"/", http.StatusPermanentRedirect)
		return
	}
	p, known := s.paths[asked]
	switch {
	case !known || p.posted && s.options.Control == nil:
		refuse(w, http.StatusNotFound)
		return
	case p.posted != (r.Method == http.MethodPost) || !p.posted && r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", map[bool]string{false: "GET, HEAD", true: "POST"}[p.posted])
		refuse(w, http.StatusMethodNotAllowed)
		return
	}
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	default:
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable)
		return
	}
	p.answer(s, w, r)
}

// failed answers that something went wrong here. Whoever asks has the token, and so may know what.
func (s *Server) failed(w http.ResponseWriter, what string, err error) {
	s.options.Error(what, err)
	http.Error(w, "heapprof: "+err.Error(), http.StatusInternalServerError)
}
