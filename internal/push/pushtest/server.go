// Package pushtest has a server that takes what is pushed, for tests.
package pushtest

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

	pb "github.com/google/pprof/profile"
)

// Server is a server that speaks as much of Pyroscope's and Parca's protocols as a push needs, as their documents and
// sources have it. It checks what they check, and keeps what it took.
type Server struct {
	*httptest.Server
	Parca bool // the system that it is; else Pyroscope

	mu      sync.Mutex
	taken   []Taken
	headers http.Header // of the last call
	asked   int
	refuse  func(w http.ResponseWriter) bool
	keeps   bool
}

// Taken is a profile that a server took.
type Taken struct {
	Labels map[string]string
	ID     string // "" with Parca
	*pb.Profile
}

// New starts a server, until the test ends.
func New(t testing.TB, parca bool) *Server {
	f := &Server{Parca: parca}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.Protocols = &http.Protocols{}
	f.Config.Protocols.SetHTTP1(!parca)
	f.Config.Protocols.SetUnencryptedHTTP2(parca)
	f.Start()
	t.Cleanup(func() { f.Close() })
	return f
}

// Target returns the URL that pushes to it, with what is to stand before and behind its address.
func (f *Server) Target(user, behind string) string {
	scheme, address, _ := strings.Cut(f.URL, "://")
	if f.Parca {
		return strings.Replace("parca+"+scheme, "http", "grpc", 1) + "://" + user + address + behind
	}
	return "pyroscope+" + scheme + "://" + user + address + behind
}

func (f *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.headers = r.Header
	f.asked++
	if f.refuse != nil && !f.keeps && f.refuse(w) {
		return
	}
	var all []Taken
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
func (f *Server) say(w http.ResponseWriter, wrong string) {
	if f.Parca {
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
func (f *Server) read(r *http.Request, body []byte) ([]Taken, error) {
	seriesAt := 1
	if f.Parca {
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
	var all []Taken
	for _, series := range fields(body)[seriesAt] {
		inner := fields(series)
		named, err := f.labels(inner[1])
		if err != nil {
			return nil, err
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
			one := Taken{Labels: named, Profile: p}
			if !f.Parca {
				one.ID = string(fields(s)[2][0])
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

// labels reads the labels of a series.
func (f *Server) labels(labels [][]byte) (map[string]string, error) {
	if f.Parca {
		labels = fields(labels[0])[1]
	}
	named := map[string]string{}
	for _, l := range labels {
		name, value := string(fields(l)[1][0]), string(fields(l)[2][0])
		if _, twice := named[name]; twice || value == "" {
			return nil, fmt.Errorf("label %s twice, or empty", name)
		}
		named[name] = value
	}
	if named["__name__"] == "" || !f.Parca && (named["service_name"] == "" || len(named) > 30) {
		return nil, fmt.Errorf("labels %v", named)
	}
	return named, nil
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

// Profiles returns what the server has taken.
func (f *Server) Profiles() []Taken {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Taken(nil), f.taken...)
}

// Sums adds up a value over all that the server has taken.
func Sums(all []Taken, value string) (sum int64) {
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

// Refuse has the server ask for each call whether it is refused, with an answer that is written then; nil: it takes all
// again. With keeps it keeps what it refuses, as one whose answers get lost.
func (f *Server) Refuse(refuse func(w http.ResponseWriter) bool, keeps bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse, f.keeps = refuse, keeps
}

// Down answers as a server that is overloaded: it is for Refuse.
func (f *Server) Down(w http.ResponseWriter) bool {
	if f.Parca {
		w.Header().Set("Grpc-Status", "14")
		w.Header().Set("Grpc-Message", "no%20room")
		w.Header().Set("Content-Type", "application/grpc")
	} else {
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte(`{"code":"unavailable","message":"no room"}`))
	}
	return true
}

// Asked returns how many calls there were.
func (f *Server) Asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

// Header returns a header of the last call.
func (f *Server) Header(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.headers.Get(name)
}
