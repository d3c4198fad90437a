package push

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	pb "github.com/google/pprof/profile"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// fake is a server that speaks as much of Pyroscope's and Parca's protocols as a push needs, as their documents and
// sources have it. It checks what they check, and keeps what it took.
type fake struct {
	*httptest.Server
	system System

	mu      sync.Mutex
	taken   []taken
	refuse  func(w http.ResponseWriter) bool // writes another answer, and reports whether it did
	takes   bool                             // what it refuses it keeps all the same, as one whose answer gets lost
	headers http.Header                      // of the last call
	asked   int                              // calls
}

// taken is a profile that a server took.
type taken struct {
	labels map[string]string
	id     string
	*pb.Profile
}

func newFake(t *testing.T, system System) *fake {
	f := &fake{system: system}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.Protocols = &http.Protocols{}
	f.Config.Protocols.SetHTTP1(system == Pyroscope)
	f.Config.Protocols.SetUnencryptedHTTP2(system == Parca)
	f.Start()
	t.Cleanup(f.Close)
	return f
}

// target returns the server as a target, with what is to stand before and behind its address.
func (f *fake) target(t *testing.T, user, behind, token string) *Target {
	t.Helper()
	scheme := map[System]string{Pyroscope: "pyroscope+http", Parca: "parca+grpc"}[f.system]
	target, err := ParseTarget(scheme+"://"+user+strings.TrimPrefix(f.URL, "http://")+behind, token)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.headers = r.Header
	f.asked++
	if f.refuse != nil && !f.takes && f.refuse(w) {
		return
	}
	var all []taken
	if err == nil {
		all, err = f.read(r, body)
	}
	if err != nil {
		f.say(w, err.Error())
		return
	}
	f.taken = append(f.taken, all...)
	if f.refuse == nil || !f.refuse(w) {
		f.say(w, "")
	}
}

// say answers a call; "" is success.
func (f *fake) say(w http.ResponseWriter, wrong string) {
	if f.system == Parca {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status, Grpc-Message")
		if wrong == "" {
			w.Write([]byte{0, 0, 0, 0, 0}) // an empty message
			w.Header().Set("Grpc-Status", "0")
		} else {
			w.Header().Set("Grpc-Status", "3")
			w.Header().Set("Grpc-Message", strings.ReplaceAll(wrong, "%", "%25"))
		}
		return
	}
	if wrong != "" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"code":"invalid_argument","message":%q}`, wrong)
		return
	}
	w.Header().Set("Content-Type", "application/proto")
}

// read reads a call.
func (f *fake) read(r *http.Request, body []byte) ([]taken, error) {
	seriesAt := 1
	if f.system == Parca {
		seriesAt = 2
		switch {
		case r.ProtoMajor != 2, r.Header.Get("Te") != "trailers", r.Header.Get("Content-Type") != "application/grpc+proto":
			return nil, fmt.Errorf("no gRPC: %s %v", r.Proto, r.Header)
		case !strings.HasSuffix(r.URL.Path, "/parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw"):
			return nil, errors.New("unknown method " + r.URL.Path)
		case len(body) < 5 || body[0] != 0 || int(binary.BigEndian.Uint32(body[1:])) != len(body)-5:
			return nil, errors.New("bad framing")
		}
		body = body[5:]
	} else if !strings.HasSuffix(r.URL.Path, "/push.v1.PusherService/Push") || r.Header.Get("Content-Type") != "application/proto" {
		return nil, fmt.Errorf("no push: %s %v", r.URL.Path, r.Header)
	}
	var all []taken
	for _, series := range fields(body)[seriesAt] {
		inner := fields(series)
		labels := inner[1]
		if f.system == Parca {
			labels = fields(inner[1][0])[1]
		}
		named := map[string]string{}
		for _, l := range labels {
			name, value := string(fields(l)[1][0]), string(fields(l)[2][0])
			if _, twice := named[name]; twice || value == "" {
				return nil, fmt.Errorf("label %s twice, or empty", name)
			}
			named[name] = value
		}
		if named["__name__"] == "" || f.system == Pyroscope && (named["service_name"] == "" || len(named) > 30) {
			return nil, fmt.Errorf("labels %v", named)
		}
		for _, s := range inner[2] {
			raw := fields(s)[1][0]
			zr, err := gzip.NewReader(bytes.NewReader(raw))
			if err != nil {
				return nil, err
			}
			plain, err := io.ReadAll(zr)
			if err != nil {
				return nil, err
			}
			p, err := pb.ParseUncompressed(plain)
			if err != nil {
				return nil, err
			}
			one := taken{labels: named, Profile: p}
			if f.system == Pyroscope {
				one.id = string(fields(s)[2][0])
				if len(p.Sample) > 16_000 || len(plain) > 2<<20 {
					return nil, fmt.Errorf("%d samples, %d bytes: too many", len(p.Sample), len(plain))
				}
			}
			all = append(all, one)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no profiles received")
	}
	return all, nil
}

// fields returns the fields of a message that have a length, by number.
func fields(message []byte) map[int][][]byte {
	all := map[int][][]byte{}
	for len(message) > 0 {
		key, n := binary.Uvarint(message)
		message = message[n:]
		length, n := binary.Uvarint(message)
		message = message[n:]
		if key&7 != 2 {
			panic("a field without a length")
		}
		all[int(key>>3)] = append(all[int(key>>3)], message[:length])
		message = message[length:]
	}
	return all
}

// profiles returns what the server has taken.
func (f *fake) profiles() []taken {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]taken(nil), f.taken...)
}

// sums adds up a value over all that the server has taken.
func sums(all []taken, value string) (sum int64) {
	for _, p := range all {
		for i, t := range p.SampleType {
			if t.Type == value {
				for _, s := range p.Sample {
					sum += s.Value[i]
				}
			}
		}
	}
	return sum
}

// failing makes the server refuse calls, or take them again.
func (f *fake) failing(refuse func(w http.ResponseWriter) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = refuse
}

// program is a pretended recording: each look finds more of it.
type program struct {
	mu    sync.Mutex
	looks uint64
	of    func(look uint64) *profile.Profile
}

func (p *program) Look() ([]*profile.Profile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.looks++
	return []*profile.Profile{p.of(p.looks)}, nil
}

// grown returns a profile of a program that has done its work n times: load allocates 100 bytes in 2 blocks each time and
// keeps one of 60, and parse 8 bytes that it frees.
func grown(n uint64) *profile.Profile {
	p := &profile.Profile{
		Mode: "heap", Columns: profile.Lives, Command: "/opt/server --password=hunter2", PID: 4711,
		Units: profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Frames: append([]profile.Frame{profile.Root}, testkit.Frames("0x9000: malloc (in /usr/lib/libc.so.6)",
			"0x1310: load (server.c:30)", "0x1200: parse (server.c:20)", "0x1100: main (server.c:10)")...),
		Points: []profile.Point{
			{TotalBytes: 100 * n, TotalBlocks: 2 * n, EndBytes: 60 * n, EndBlocks: n, MaxBytes: 60 * n, PeakBytes: 60 * n, Frames: []uint32{1, 2, 4}},
			{TotalBytes: 8 * n, TotalBlocks: n, Frames: []uint32{1, 3, 4}},
		},
		Recording: &profile.Recording{Program: "/opt/server", Host: "box", Start: time.Unix(1_700_000_000, 0)},
		EndTime:   n * 1_000_000,
	}
	server := &profile.Module{Path: "/opt/server", BuildID: "bb02", Start: 0x1000, End: 0x2000}
	p.Modules = []*profile.Module{server}
	for i := 2; i < len(p.Frames); i++ {
		p.Frames[i].Module = server
	}
	return p
}

// start begins to push a program to the server at short intervals.
func start(t *testing.T, f *fake, o Options) *Pusher {
	t.Helper()
	if o.Target == nil {
		o.Target = f.target(t, "", "", "")
	}
	if o.Source == nil {
		o.Source = &program{of: grown}
	}
	if o.Every == 0 {
		o.Every = 20 * time.Millisecond
	}
	o.Agent = "heapprof/test"
	return startAt(o, pace{first: time.Hour, longest: 10 * time.Second, last: 20 * time.Second, again: 5 * time.Millisecond})
}

// until waits for something that is to come.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for", what)
		}
	}
}

// both runs a test for either system.
func both(t *testing.T, test func(t *testing.T, f *fake)) {
	for name, system := range map[string]System{"pyroscope": Pyroscope, "parca": Parca} {
		t.Run(name, func(t *testing.T) { test(t, newFake(t, system)) })
	}
}
