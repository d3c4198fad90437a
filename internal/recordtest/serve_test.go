package recordtest

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"heapprof/cmd"
	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
	"heapprof/internal/wholefile"
)

// serving is heapprof serve, which runs in this process.
type serving struct {
	url  string // with the token and a slash
	end  func() // as Ctrl-C
	said func() string
}

// startServing has heapprof serve what args say, at any free port, until the test ends.
func startServing(t *testing.T, args ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, outEnd := io.Pipe()
	said := &lockedText{}
	s := &console.Streams{In: strings.NewReader(""), Out: outEnd, Err: said}
	root := cmd.Root(s)
	root.SetArgs(append([]string{"serve", "--listen", "127.0.0.1:0"}, args...))
	ended := make(chan error, 1)
	go func() {
		err := root.ExecuteContext(ctx)
		outEnd.Close()
		ended <- err
	}()
	end := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("it prints no address: %v, it says %s", <-ended, said.String())
	}
	t.Cleanup(end)
	return &serving{strings.TrimSpace(line), end, said.String}
}

// lockedText is a text that several goroutines write.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// get returns what is answered below the server's address, which must be a success.
func (s *serving) get(t *testing.T, path string) string {
	t.Helper()
	client := http.Client{Timeout: 5 * time.Minute} // a busy machine has waited for one
	r, err := client.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", path, r.StatusCode, err, text)
	}
	return string(text)
}

func writeProfile(t *testing.T, p *profile.Profile) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "prog.json.gz")
	if err := format.WriteFile(file, wholefile.Options{}, p); err != nil {
		t.Fatal(err)
	}
	return file
}

// printed runs a command of heapprof, which is to succeed, and returns what it printed.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	r := testkit.Run(t, exec.Command("heapprof", args...))
	if r.Status != 0 {
		t.Fatalf("%q: status %d: %s", args, r.Status, r.Stderr)
	}
	return r.Stdout
}

func TestAFileIsServedAsItsPageIs(t *testing.T) {
	t.Parallel()
	file := writeProfile(t, reporttest.Found())
	s := startServing(t, file)
	page := filepath.Join(t.TempDir(), "page.html")
	printed(t, "html", "-o", page, file)
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.get(t, ""); got != string(want) {
		t.Errorf("the page served has %d bytes, and is not that of heapprof html, which has %d", len(got), len(want))
	}
	metrics := s.get(t, "metrics")
	for _, line := range []string{"heapprof_recording_live 0\n", `program="` + wording.ProgramName(reporttest.Found()) + `"`, "heapprof_site_live_bytes{site="} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics lack %q:\n%s", line, metrics)
		}
	}
	saved := filepath.Join(t.TempDir(), "saved.json.gz")
	if err := os.WriteFile(saved, []byte(s.get(t, "heapprof.json.gz")), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, b := printed(t, "report", "--format", "csv", file), printed(t, "report", "--format", "csv", saved); a != b {
		t.Errorf("what is saved is another profile:\n%s\n%s", a, b)
	}
	s.end()
	if _, err := http.Get(s.url); err == nil {
		t.Error("it answers after Ctrl-C")
	}
}

func TestAnAddressInUseIsRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var said strings.Builder
	s := &console.Streams{In: strings.NewReader(""), Out: io.Discard, Err: &said}
	status := cmd.Run(s, []string{"serve", "--listen", l.Addr().String(), writeProfile(t, reporttest.Sample())})
	if want := "heapprof: " + l.Addr().String() + " is in use: --listen HOST:PORT chooses another address, and port 0 any free one\n"; status != console.ExitFailure || said.String() != want {
		t.Errorf("status %d, said %q, want %q", status, said.String(), want)
	}
}

func TestAnAddressForOthersIsWarnedOf(t *testing.T) {
	t.Parallel()
	file := writeProfile(t, reporttest.Sample())
	for listen, warns := range map[string]bool{"127.0.0.1:0": false, "localhost:0": false, "0.0.0.0:0": true} {
		s := startServing(t, "--listen", listen, file)
		if got := strings.Contains(s.said(), "nothing is encrypted"); got != warns {
			t.Errorf("%s: said %q", listen, s.said())
		}
		s.get(t, "metrics")
	}
}

func TestATokenOfAFileStays(t *testing.T) {
	t.Parallel()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("0123456789-abcdef_XYZ\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServing(t, "--token-file", token, writeProfile(t, reporttest.Sample()))
	if !strings.HasSuffix(s.url, "/0123456789-abcdef_XYZ/") {
		t.Errorf("the address is %s", s.url)
	}
	if strings.Contains(s.said(), "chmod") {
		t.Errorf("said %s of a file that is its owner's alone", s.said())
	}
}

// goPProf runs go tool pprof and returns what it writes.
func goPProf(t *testing.T, args ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the go command builds pprof when it is first used, which takes half a minute")
	}
	cmd := exec.Command(testkit.Tool(t, "go"), append([]string{"tool", "pprof"}, args...)...)
	cmd.Env = append(os.Environ(), "PPROF_TMPDIR="+t.TempDir()) // where it keeps what it has fetched
	r := testkit.Run(t, cmd)
	if r.Status != 0 {
		t.Fatalf("%v: status %d\n%s", args, r.Status, r.Stderr)
	}
	return r.Stdout
}

func TestGoToolPProfFetchesTheHeap(t *testing.T) {
	t.Parallel()
	s := startServing(t, writeProfile(t, reporttest.Drawn()))
	if top := goPProf(t, "-top", "-unit=B", s.url+"debug/pprof/heap"); !strings.Contains(top, "Type: inuse_space") || !strings.Contains(top, "100% of 140B total") {
		t.Errorf("heap:\n%s", top)
	}
	// With the token as a password, as a scraper may send it.
	at := strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/")
	address, token, _ := strings.Cut(at, "/")
	if top := goPProf(t, "-top", "-unit=B", "http://heapprof:"+token+"@"+address+"/debug/pprof/allocs"); !strings.Contains(top, "Type: alloc_space") {
		t.Errorf("allocs:\n%s", top)
	}
}
